"""Parameters, operations and energy of a network in one value."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.analysis.energy import Energy, energy, spiking_inputs
from spikegraph.analysis.layers import Layer, layers, roles
from spikegraph.analysis.served import served
from spikegraph.ir.graph import Graph


@dataclass(frozen=True)
class Statistics:
    """Costs of a network as it is used; operations and energy are those of one time step of one sample.

    Attributes:
        layers: One for each layer of the spec's network, and for each cell.
        energy: By layer, in order (section 5 of the paper).
        roles: Trainable numbers by role.
        measured: Whether the energy is that of measured firing rates; otherwise every input counts as a spike.
    """

    layers: tuple[Layer, ...]
    energy: Mapping[str, Energy]
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
        outline, lowered = served(outline), served(lowered)
        known = rates if rates and spiking_inputs(lowered) <= rates.keys() else None
        costs = {cost.layer: cost for cost in energy(outline, lowered, known)}
        return cls(tuple(layers(outline, lowered)), costs, roles(lowered), known is not None)

    @property
    def parameters(self) -> int:
        """All trainable numbers."""
        return sum(self.roles.values())

    @property
    def millijoules(self) -> float:
        """Energy of a whole inference with T = 1, as in streaming."""
        return sum(cost.millijoules for cost in self.energy.values())

    def millijoules_of(self, layer: str) -> float:
        """Energy of one layer; 0 for a layer without operations of its own."""
        return self.energy[layer].millijoules if layer in self.energy else 0.0
