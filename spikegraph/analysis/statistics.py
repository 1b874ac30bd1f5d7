"""Parameters, operations and energy of a network."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.analysis.energy import CMOS_45NM, EnergyModel, spiking_inputs
from spikegraph.analysis.layers import Layer, layers, roles
from spikegraph.ir.graph import Graph
from spikegraph.passes.prune import Prune


@dataclass(frozen=True)
class Statistics:
    """Costs of a deployed network; operations and energy are per time step and sample.

    Attributes:
        layers: Costs of each layer of the spec's network and each cell.
        roles: Numbers of trainable parameters by operation.
        measured: True if the energy uses measured firing rates; otherwise every input counts as a spike.
        model: What an operation costs.
    """

    layers: tuple[Layer, ...]
    roles: Mapping[str, int]
    measured: bool
    model: EnergyModel = CMOS_45NM

    @classmethod
    def of(
        cls, outline: Graph, lowered: Graph, rates: Mapping[str, float] | None = None, model: EnergyModel = CMOS_45NM
    ) -> "Statistics":
        """The statistics of a network.

        Args:
            outline: Graph with one node for each layer.
            lowered: Graph of plain operations derived from it.
            rates: Mean values of spikes and counts by node of `lowered`; used only if they cover every spiking input.
            model: What an operation costs.
        """
        # Operations that only losses use, such as an auxiliary classifier, don't count.
        outline, lowered = Prune(losses=False).apply(outline), Prune(losses=False).apply(lowered)
        known = rates if rates and spiking_inputs(lowered) <= rates.keys() else None
        return cls(tuple(layers(outline, lowered, known, model)), roles(lowered), known is not None, model)

    @property
    def parameters(self) -> int:
        """Number of trainable parameters."""
        return sum(self.roles.values())

    @property
    def millijoules(self) -> float:
        """Energy of an inference with T = 1, as in streaming, in millijoules."""
        return sum(layer.millijoules for layer in self.layers)
