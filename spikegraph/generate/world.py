"""What the parts of one random spec share."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from spikegraph.generate.blocks import Block
from spikegraph.generate.cells import Cells
from spikegraph.generate.expressions import Argument
from spikegraph.generate.neurons import Declared
from spikegraph.generate.wanted import Wanted
from spikegraph.ir.opdef import OPS
from spikegraph.ir.samples import Draw


@dataclass
class World:
    """What the parts of one random spec share.

    Attributes:
        draw: Decides everything.
        wanted: What may be there.
        neurons: The declared neurons; the first is the network's.
        cells: The declared cells and trellises.
        blocks: The blocks so far.
        room: How many stages the network may still have.
        params: The params of the network.
        open: Whether there are choices. Their results are real while they are open; those of a branch may be counts.
        strict: Whether there is `iand`, which takes real values, but no counts; so it isn't beside choices.
        trellises: The trellises that are used.
    """

    draw: Draw
    wanted: Wanted
    neurons: Sequence[Declared]
    cells: Cells
    room: int
    open: bool = False
    strict: bool = False
    params: dict[str, Argument] = field(default_factory=dict[str, Argument])
    blocks: list[Block] = field(default_factory=list[Block])
    trellises: list[str] = field(default_factory=list[str])

    @property
    def operations(self) -> list[str]:
        """The operations that may be drawn, in the order of their registration."""
        names = self.wanted.operations
        return [n for n, op in OPS.items() if op.written and op.form is None and (names is None or n in names)]

    @property
    def plain(self) -> list[Declared]:
        """The neurons with one current that compute one step after the other; the first is one."""
        return [n for n in self.neurons if n.plain]

    @property
    def spiking(self) -> list[Declared]:
        """Those whose result is 0 or 1."""
        return [n for n in self.plain if n.gives_spikes]

    @property
    def threshold(self) -> bool:
        """Whether `threshold` is that of the network's neuron."""
        return self.neurons[0].neuron.spikes
