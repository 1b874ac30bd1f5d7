"""Parameters, operations and energy of a network."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from spikegraph.analysis.energy import CMOS_45NM, EnergyModel, energy_text, spiking_inputs
from spikegraph.analysis.layers import Layer, layers, roles
from spikegraph.analysis.parts import Population, Products, altered
from spikegraph.base.errors import ArgumentError
from spikegraph.base.nearest import listed
from spikegraph.dsl.shown import counted
from spikegraph.ir.arithmetic import Function, Interpolation
from spikegraph.ir.graph import Graph
from spikegraph.passes.prune import Prune
from spikegraph.runs.summary import Evaluation


@dataclass(frozen=True)
class Statistics:
    """Costs of a deployed network; operations and energy are per time step and sample, unless their name says otherwise.

    Attributes:
        layers: Costs of each layer of the spec's network and each cell.
        roles: Numbers of trainable parameters by operation.
        measured: True if the energy uses measured firing rates; otherwise every input counts as a spike.
        model: What an operation costs.
        time: Number of time steps of an inference; None where neither the network nor its data tell it.
        unmeasured: The spiking inputs of the network whose rates weren't measured with the others; each of their values counts
            as a spike.
        guessed: True if the rates were measured before the network was edited.
        unpriced: The operations that no model prices: interpolation and functions of single numbers.
    """

    layers: tuple[Layer, ...]
    roles: Mapping[str, int]
    measured: bool
    model: EnergyModel = CMOS_45NM
    time: int | None = None
    unmeasured: tuple[str, ...] = ()
    guessed: bool = False
    unpriced: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        outline: Graph,
        lowered: Graph,
        rates: Mapping[str, float] | None = None,
        model: EnergyModel = CMOS_45NM,
        *,
        counted: Mapping[str, float] | None = None,
        time: int | None = None,
    ) -> "Statistics":
        """The statistics of a network.

        Args:
            outline: Graph with one node for each layer.
            lowered: Graph of plain operations derived from it.
            rates: Mean magnitudes of spikes, counts and signs by node of `lowered`, and of real inputs that are such numbers;
                used only if they cover every spiking input of a layer but the network's own.
            model: What an operation costs.
            counted: Additions per time step and sample by operation of `lowered`, counted with the rates; those of the other
                operations follow from the rates.
            time: Number of time steps of an inference, if the network has no `time`.
        """
        # Operations that only losses use, such as an auxiliary classifier, don't count.
        outline, lowered = Prune(losses=False).apply(outline), Prune(losses=False).apply(lowered)
        missing = spiking_inputs(lowered) - rates.keys() if rates else set[str]()
        known = rates if rates and all(lowered.node(name).op.traits.source for name in missing) else None
        steps = lowered.time or time
        found = layers(outline, lowered, known, model, counted if known else None, steps or 1)
        unmeasured = () if known is None else tuple(sorted(missing))
        free = [node.weights for node in lowered if isinstance(node.arithmetic, Function | Interpolation)]
        unpriced = tuple(dict.fromkeys(free))
        return cls(tuple(found), roles(lowered), known is not None, model, steps, unmeasured, unpriced=unpriced)

    @classmethod
    def evaluated(
        cls,
        outline: Graph,
        lowered: Graph,
        evaluation: Evaluation | None,
        model: EnergyModel = CMOS_45NM,
        *,
        time: int | None = None,
        edited: bool = False,
    ) -> "Statistics":
        """The statistics of a network with what its evaluation measured; other arguments as those of `of`.

        If it was `edited` since, additions and time steps are those of another network, and firing rates a guess.
        """
        if evaluation is None:
            return cls.of(outline, lowered, model=model, time=time)
        rates = evaluation.firing_rates
        if edited:
            found = cls.of(outline, lowered, rates, model, time=time)
            return replace(found, guessed=found.measured)
        steps = time or evaluation.time_steps
        return cls.of(outline, lowered, rates, model, counted=evaluation.additions, time=steps)

    def __repr__(self) -> str:
        return f"<Statistics {counted(len(self.layers), 'layer')}, {counted(self.parameters, 'parameter')}, {self.energy}>"

    @property
    def parameters(self) -> int:
        """Number of trainable parameters."""
        return sum(self.roles.values())

    @property
    def synaptic_operations(self) -> float:
        """Additions of an inference, one for each spike and each weight that it meets; a mean over samples.

        A count of n is n of them, a sign one. Biases and products of real numbers aren't counted. It is exact where the spikes
        were counted, an estimate where it follows from firing rates, and the most there can be where nothing was measured.
        """
        return sum(layer.synaptic_operations for layer in self.layers)

    @property
    def neurons(self) -> list[Population]:
        """The neurons that fire."""
        return [part for layer in self.layers for part in layer.parts if isinstance(part, Population) and part.fires]

    @property
    def spikes(self) -> float:
        """Spikes of all neurons in an inference; as many as they can fire without measured rates."""
        return sum(part.spikes for part in self.neurons)

    @property
    def levels(self) -> int:
        """The most spikes of a neuron at a time step; 1 without neurons."""
        return max((part.levels for part in self.neurons), default=1)

    @property
    def numbers(self) -> int:
        """How many numbers but 0 a neuron gives at a time step, the most of all: n of n levels, 2 of spikes with signs."""
        return max((part.levels * (2 if part.signed else 1) for part in self.neurons), default=1)

    @property
    def exact(self) -> bool:
        """Whether all additions are those of the spikes that were measured, and none follows from a mean firing rate."""
        products = [part for layer in self.layers for part in layer.parts if isinstance(part, Products)]
        return self.measured and not self.guessed and not self.unmeasured and all(part.exact for part in products)

    @property
    def rate(self) -> float:
        """Mean firing rate of what arrives at layers, weighted by the additions of each; 1 without measured rates."""
        most = sum(layer.additions for layer in self.layers)
        return sum(layer.rate * layer.additions for layer in self.layers) / most if most else 1.0

    @property
    def refused(self) -> str | None:
        """Why the model can't price the network; None if it can."""
        return self.model.refuses(self.layers)

    @property
    def steps(self) -> int:
        """Number of time steps of an inference; 1 where it is unknown."""
        return self.time or 1

    def scaled(self, factor: float) -> "Statistics":
        """The same network with so many times as many spikes."""
        return replace(self, layers=tuple([layer.scaled(factor) for layer in self.layers]))

    def priced(self, model: EnergyModel) -> "Statistics":
        """The same network with another energy model."""
        if model is self.model:
            return self
        return replace(self, model=model, layers=tuple([altered(layer, model=model) for layer in self.layers]))

    @property
    def millijoules(self) -> float:
        """Energy of one time step, in millijoules.

        Raises:
            ArgumentError: The model can't price the network.
        """
        self._require_priced()
        return sum(layer.millijoules for layer in self.layers)

    @property
    def inference_millijoules(self) -> float:
        """Energy of an inference, in millijoules; of one time step where their number is unknown.

        Raises:
            ArgumentError: The model can't price the network.
        """
        self._require_priced()
        return sum(layer.inference_millijoules(self.steps) for layer in self.layers)

    def _require_priced(self) -> None:
        if (why := self.refused) is not None:
            raise ArgumentError(f"the energy model `{self.model.name}` can't price this network: {why}", "choose another one")

    @property
    def energy(self) -> str:
        """The energy in words, such as `12.3 µJ (cmos-45nm) per inference of 2 time steps, 6.2 µJ per time step, at ...`."""
        if (why := self.refused) is not None:
            return f"{self.model.name} can't price this network: {why}"
        step, name = f"{energy_text(self.millijoules)} per time step", f" ({self.model.name}) per "
        if self.time is None:
            step = step.replace(" per ", name)
        else:
            inference = f"{energy_text(self.inference_millijoules)}{name}inference of {self.time} time step"
            step = inference if self.time == 1 else f"{inference}s, {step}"
        estimate = "" if self.exact else "an estimate "
        how = f"{estimate}at the measured firing rates" if self.measured else "an upper bound: every input counts as a spike"
        if self.unmeasured:
            how += f"; {listed(self.unmeasured, last='and')} without a measured rate: each value counts as a spike"
        return f"{step}, {how}"
