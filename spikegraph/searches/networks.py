"""The space of a program, in which one network is one architecture."""

from dataclasses import dataclass, field
from typing import Literal

from spikegraph.genotype.searched_params import param_cells
from spikegraph.program.networks import network_of, same_operations
from spikegraph.program.program import Program
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.cell_space import CellSpace


@dataclass(frozen=True)
class Networks:
    """The retrained networks of a program's architectures; each is built once.

    Attributes:
        program: The spec.
    """

    program: Program
    _known: dict[Architecture, str] = field(default_factory=dict[Architecture, str], repr=False)

    def __call__(self, architecture: Architecture) -> str:
        """The fingerprint of an architecture's network."""
        if architecture not in self._known:
            self._known[architecture] = network_of(self.program, architecture.text())
        return self._known[architecture]


def space_of(program: Program, phase: Literal["search", "retrain"] = "search") -> CellSpace:
    """The architectures that a spec leaves open, in the network of its search or of its retraining.

    Raises:
        SpecError: The spec is wrong.
    """
    more = param_cells(program.spec)
    return CellSpace.of(program.space(phase), more, same=same_operations(program), networks=Networks(program))
