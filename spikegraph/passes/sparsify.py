"""The pass `sparsify`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph, Node, Notes
from spikegraph.ir.patterns import scaled
from spikegraph.ir.types import Kind
from spikegraph.passes.marking import Marking

CHANNELS = 32
"""The default of `Sparsify.channels`; with fewer, finding silent inputs takes longer than it saves."""


@dataclass(frozen=True)
class Sparsify(Marking):
    """Marks convolutions of spikes that can skip silent inputs, so that their work is proportional to the firing rate.

    The function is the same. The backend decides from the measured firing rate whether to skip. Convolutions of real values,
    such as those after ReLU stems, and those behind a dropout are not marked.

    Attributes:
        channels: Minimum number of input and output channels.
    """

    name: ClassVar[str] = "sparsify"
    channels: int = field(default=CHANNELS, repr=False)

    @override
    def marks(self, graph: Graph) -> Mapping[str, Notes]:
        dropped = scaled(graph)
        return {n.name: {"sparse": True} for n in graph if self._sparse(n) and n.operands[0] not in dropped}

    def _sparse(self, node: Node) -> bool:
        if not node.op.may_skip():
            return False
        x = node.operand_values[0]
        return x.kind is Kind.SPIKE and min(x.channels, node.value.channels) >= self.channels
