"""Activations: spiking neuron, membrane potential and ReLU (Che et al., NeurIPS 2022, Eq. 1 and section 3.4)."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, NeuronUpdate
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.neuron_updates import update_of
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.elementwise import NumberByNumber
from spikegraph.ir.ops.fused import NormLif
from spikegraph.ir.ops.joined_neurons import NormNeurons, WideNeurons
from spikegraph.ir.ops.neuron_base import AnyNeurons, OfNeuron, model_text, surrogate_text
from spikegraph.ir.ops.over_time import NeuronsOverTime
from spikegraph.ir.ops.wide import WideLif
from spikegraph.ir.traits import CurrentTerm, Member, Traits
from spikegraph.ir.type_rules import closed
from spikegraph.ir.types import Kind, Value
from spikegraph.ir.updates import Update


@register
class Lif(OfNeuron):
    """Spiking neurons with their own membrane potentials (Eq. 1).

    x: current, any kind, [C, *size]  ->  spike, [C, *size]. The note `dgs` is the place in the spec's `dgs at` that has this
    neuron's surrogate searched during training (section 3.4).
    """

    name: ClassVar[str] = "lif"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(fires=True, stateful=True, neurons=True)

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x.with_(kind=Kind.SPIKE, bound=1, steps=True)

    @override
    def neuron_of(self) -> Neuron:
        return self.neuron

    @override
    def untempered(self) -> "Lif":
        return Lif(neuron=self.neuron.untempered)

    @override
    def with_neuron(self, neuron: Neuron) -> "Lif":
        return Lif(neuron=neuron)

    @override
    def fused(self, currents: tuple[tuple[CurrentTerm, ...], ...], part: Member) -> NormLif:
        return NormLif(terms=currents[0], neuron=self.neuron, width=part.channels, b=(self.neuron.surrogate.b,))

    @override
    def family(self) -> tuple[Neuron]:
        return (self.neuron.untempered,)

    @override
    def widened(self, parts: Sequence[Member]) -> WideLif:
        neurons = [(m.name, m.op.neuron_of()) for m in parts]
        b = tuple(n.surrogate.b for _, n in neurons if n is not None)
        return WideLif(neuron=self.neuron, width=parts[0].channels, b=b, neurons=tuple(name for name, _ in neurons))

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"spiking, {surrogate_text(self.neuron, notes)}"


@register
class Potential(Op):
    """Membrane potential of neurons that never fire: u[t] = decay * u[t-1] + I[t].

    x: current, any kind, [C, *size]  ->  real, [C, *size].
    """

    name: ClassVar[str] = "potential"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(stateful=True, neurons=True)
    decay: float

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x.with_(kind=Kind.REAL, steps=True)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return NeuronUpdate()

    @property
    @override
    def model(self) -> str:
        return "lif"

    @override
    def any_neuron(self) -> Neuron:
        return Neuron.model_validate({"decay": self.decay, "fires": False})

    @override
    def update(self) -> Update | None:
        return update_of(self.any_neuron())

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "membrane potential"


@register
class Neurons(AnyNeurons):
    """Spiking neurons of any model: of the table of models, with learned numbers, or with several levels.

    xs: the currents of the model in order, any kind, [C, *size] each  ->  spike, [C, *size], or count(n) of neurons with n
    levels, or events of a model whose spikes have signs. Learned numbers are
    trained parameters [1], or [C] for each channel. The note `dgs` is as for `lif`, but a learned surrogate isn't searched.
    """

    name: ClassVar[str] = "neuron"
    traits: ClassVar[Traits] = Traits(fires=True, stateful=True, neurons=True)

    @override
    def neuron_of(self) -> Neuron | None:
        searchable = self.neuron.surrogate.learned is None and "surrogate" in self.neuron.signature.keys
        return self.neuron if searchable else None

    @override
    def with_neuron(self, neuron: Neuron) -> "Neurons":
        return Neurons(neuron=neuron)

    @override
    def untempered(self) -> "Neurons":
        return Neurons(neuron=self.neuron.untempered)

    @property
    def joins(self) -> bool:
        """Whether its model is text with states, whose kernels are generated."""
        equations = self.neuron.equations
        return equations is not None and bool(equations.states)

    @override
    def fused(self, currents: tuple[tuple[CurrentTerm, ...], ...], part: Member) -> NormNeurons | None:
        if not self.joins:
            return None
        b, learned = (self.neuron.surrogate.b,), (part.weights,)
        return NormNeurons(currents=currents, neuron=self.neuron, width=part.channels, b=b, learned=learned)

    @override
    def family(self) -> tuple[Neuron] | None:
        return (self.neuron.untempered,) if self.joins and len(self.neuron.inputs) == 1 else None

    @override
    def widened(self, parts: Sequence[Member]) -> WideNeurons:
        b = tuple(m.op.neuron.surrogate.b for m in parts if isinstance(m.op, Neurons))
        names, weights = tuple(m.name for m in parts), tuple(m.weights for m in parts)
        return WideNeurons(neuron=self.neuron, width=parts[0].channels, b=b, neurons=names, learned=weights)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"{model_text(self.neuron)}, {surrogate_text(self.neuron, notes)}"


@register
class Graded(AnyNeurons):
    """Neurons without spikes, of any model: the membrane potential if they never fire, or ReLU.

    xs: the currents of the model in order, any kind, [C, *size] each  ->  real, [C, *size]. Learned numbers are trained
    parameters [1], or [C].
    """

    name: ClassVar[str] = "graded"
    traits: ClassVar[Traits] = Traits(stateful=True, neurons=True)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        if self.neuron.registered == "relu":
            return "leaky ReLU" if self.neuron.number("slope") else "ReLU"
        return f"membrane potential, {model_text(self.neuron)}"


def activation(neuron: Neuron) -> Op:
    """The operation of a neuron: `lif` and `potential` where the equation is Eq. 1 with constants, else one for any model."""
    if neuron.plain:
        return Lif(neuron=neuron)
    model = None if neuron.registered == "lif" else neuron.written_model
    if model is not None and model.over_time:
        return NeuronsOverTime(neuron=neuron.model_copy(update={"steps": None}), steps=neuron.steps)
    if neuron.spikes:
        return Neurons(neuron=neuron)
    return Potential(decay=neuron.decay) if neuron.leaks_only else Graded(neuron=neuron)


@register
class Relu(NumberByNumber):
    """ReLU, the activation of stems during architecture search.

    x: any kind, [C, *size]  ->  real, [C, *size].
    """

    name: ClassVar[str] = "relu"

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "ReLU"
