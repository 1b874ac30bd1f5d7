"""Parameters, operations and energy of a network."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.analysis.energy import CMOS_45NM, EnergyModel, energy_text, spiking_inputs
from spikegraph.analysis.layers import Layer, layers, roles
from spikegraph.dsl.shown import counted
from spikegraph.ir.graph import Graph
from spikegraph.passes.prune import Prune


@dataclass(frozen=True)
class Statistics:
    """Costs of a deployed network; operations and energy are per time step and sample, unless their name says otherwise.

    Attributes:
        layers: Costs of each layer of the spec's network and each cell.
        roles: Numbers of trainable parameters by operation.
        measured: True if the energy uses measured firing rates; otherwise every input counts as a spike.
        model: What an operation costs.
        time: Number of time steps of an inference; None for a network without a fixed number, which streams.
    """

    layers: tuple[Layer, ...]
    roles: Mapping[str, int]
    measured: bool
    model: EnergyModel = CMOS_45NM
    time: int | None = None

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
        return cls(tuple(layers(outline, lowered, known, model)), roles(lowered), known is not None, model, lowered.time)

    def __repr__(self) -> str:
        return f"<Statistics {counted(len(self.layers), 'layer')}, {counted(self.parameters, 'parameter')}, {self.energy}>"

    @property
    def parameters(self) -> int:
        """Number of trainable parameters."""
        return sum(self.roles.values())

    @property
    def millijoules(self) -> float:
        """Energy of one time step, in millijoules."""
        return sum(layer.millijoules for layer in self.layers)

    @property
    def inference_millijoules(self) -> float:
        """Energy of an inference, in millijoules; of one time step where the network streams."""
        return sum(layer.inference_millijoules(self.time or 1) for layer in self.layers)

    @property
    def energy(self) -> str:
        """The energy in words, such as `12.3 µJ per inference of 2 time steps, 6.2 µJ per time step, at ...`."""
        steps = self.time or 1
        inference = f"{energy_text(self.inference_millijoules)} per inference of {steps} time step{'s' if steps > 1 else ''}"
        step = f", {energy_text(self.millijoules)} per time step" if steps > 1 else ""
        how = "at the measured firing rates" if self.measured else "an upper bound: every input counts as a spike"
        return f"{inference}{step}, {how}"
