"""Parameters, operations and energy of a network in one value."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.analysis.energy import spiking_inputs
from spikegraph.analysis.layers import Layer, layers, roles
from spikegraph.ir.graph import Graph
from spikegraph.passes.prune import Prune


@dataclass(frozen=True)
class Statistics:
    """Costs of a network as it is used; operations and energy are those of one time step of one sample.

    Attributes:
        layers: One for each layer of the spec's network, and for each cell.
        roles: Trainable numbers by role.
        measured: Whether the energy is that of measured firing rates; otherwise every input counts as a spike.
    """

    layers: tuple[Layer, ...]
    roles: Mapping[str, int]
    measured: bool

    @classmethod
    def of(cls, outline: Graph, lowered: Graph, rates: Mapping[str, float] | None = None) -> "Statistics":
        """The statistics of a network.

        Args:
            outline: The graph with one node for each layer.
            lowered: The graph of single operations made from it.
            rates: Firing rates by node of `lowered`; used only if they cover every spiking input.
        """
        # Without what only losses need, such as an auxiliary classifier (Tables 4 to 6).
        outline, lowered = Prune(losses=False).apply(outline), Prune(losses=False).apply(lowered)
        known = rates if rates and spiking_inputs(lowered) <= rates.keys() else None
        return cls(tuple(layers(outline, lowered, known)), roles(lowered), known is not None)

    @property
    def parameters(self) -> int:
        """All trainable numbers."""
        return sum(self.roles.values())

    @property
    def millijoules(self) -> float:
        """Energy of a whole inference with T = 1, as in streaming."""
        return sum(layer.millijoules for layer in self.layers)
