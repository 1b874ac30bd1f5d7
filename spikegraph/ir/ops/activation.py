"""Activations: spiking neuron, membrane potential and ReLU (Che et al., NeurIPS 2022, Eq. 1 and section 3.4)."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from spikegraph.base.nearest import listed
from spikegraph.equations.model import Matrix
from spikegraph.ir.arithmetic import Arithmetic, Function, NeuronUpdate
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.neuron_updates import update_of
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.fused import NormLif
from spikegraph.ir.ops.wide import WideLif
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.traits import CurrentTerm, Member, Traits
from spikegraph.ir.type_rules import TypeRuleError, closed, same_size
from spikegraph.ir.types import Kind, Value
from spikegraph.ir.updates import Update


def _surrogate(neuron: Neuron, notes: Mapping[str, object]) -> str:
    searched = ", surrogate searched (DGS)" if "dgs" in notes else ""
    return f"{neuron.surrogate.name}, b = {neuron.surrogate.b:g}{searched}"


class _OfNeuron(Op):
    """An operation that computes what one neuron of the spec says."""

    neuron: Neuron

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return NeuronUpdate()

    @property
    @override
    def model(self) -> str:
        return self.neuron.model

    @override
    def update(self) -> Update | None:
        return update_of(self.neuron)


@register
class Lif(_OfNeuron):
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
    def fused(self, terms: tuple[CurrentTerm, ...], name: str, channels: int) -> NormLif:
        return NormLif(terms=terms, neuron=self.neuron, width=channels, b=(self.neuron.surrogate.b,))

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
        return f"spiking, {_surrogate(self.neuron, notes)}"


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
    def update(self) -> Update | None:
        return update_of(Neuron.model_validate({"decay": self.decay, "fires": False}))

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "membrane potential"


class _AnyNeurons(_OfNeuron):
    """Neurons of any model, with the parameters that they learn."""

    written: ClassVar[bool] = False

    @override
    def infer(self, *xs: Value) -> Value:
        same_size(self.name, xs, channels=True)
        inputs = self.neuron.inputs
        if len(xs) != len(inputs):
            known = listed(inputs, last="and")
            summary = f"neurons of the model `{self.neuron.model}` have {len(inputs)} currents, {known}, not {len(xs)}"
            raise TypeRuleError(summary, f"write `neuron({', '.join(f'{name} = ...' for name in inputs)})`", "SG0309")
        return self.neuron.result(xs[0].with_(steps=any(x.steps for x in xs)))

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        return self.neuron.weights(operands[0].channels)

    @override
    def initial(self) -> Mapping[str, float]:
        return self.neuron.initial()


@register
class Neurons(_AnyNeurons):
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

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"{_model(self.neuron)}, {_surrogate(self.neuron, notes)}"


@register
class Graded(_AnyNeurons):
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
        return f"membrane potential, {_model(self.neuron)}"


@register
class NeuronsOverTime(_AnyNeurons):
    """Neurons of a model that has all time steps at once, such as `psn`.

    xs: the currents of the model in order, any kind, [C, *size] each  ->  spike, count or real, [C, *size]. Learned numbers are
    trained parameters [1], [C], or [T] for each step; weights of all steps are [T, T], from the step in the second axis to that
    in the first, and those that begin at the identity are what is added to it.
    """

    name: ClassVar[str] = "neuron_over_time"
    traits: ClassVar[Traits] = Traits(fires=True, neurons=True, over_time=True)
    steps: int | None = None

    @override
    def infer(self, *xs: Value) -> Value:
        if self.steps is None:
            summary = (
                f"neurons of the model `{self.neuron.model}` have weights for each time step, and the spec doesn't say how many"
            )
            raise TypeRuleError(summary, "write `time = 4` in the network", "SG0304")
        return super().infer(*xs).with_(steps=True)

    @override
    def timed(self, time: int | None) -> "NeuronsOverTime":
        return self if self.steps is not None else self.model_copy(update={"steps": time})

    @override
    def longest(self) -> int | None:
        return self.steps

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        steps = self.steps or 1
        square = {matrix.name: (steps, steps) for matrix in self.matrices}
        return {**self.neuron.weights(operands[0].channels, steps), **square}

    @override
    def initial(self) -> Mapping[str, float]:
        return {**self.neuron.initial(), **{matrix.name: matrix.value for matrix in self.matrices}}

    @property
    def matrices(self) -> tuple[Matrix, ...]:
        """The weights of all steps."""
        model = self.neuron.written_model
        return () if model is None else model.matrices

    @override
    def update(self) -> Update | None:
        return update_of(self.neuron, self.steps or 1)

    @override
    def neuron_of(self) -> Neuron | None:
        return self.neuron if "surrogate" in self.neuron.signature.keys else None

    @override
    def with_neuron(self, neuron: Neuron) -> "NeuronsOverTime":
        return NeuronsOverTime(neuron=neuron, steps=self.steps)

    @override
    def untempered(self) -> "NeuronsOverTime":
        return self.with_neuron(self.neuron.untempered)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"{_model(self.neuron)}, all steps at once, {_surrogate(self.neuron, notes)}"


def _model(neuron: Neuron) -> str:
    """The model and what is learned, such as `lif, 4 levels, learned decay`."""
    levels = f", {neuron.levels} levels" if neuron.levels > 1 else ""
    learned = f", learned {' and '.join(n.name.replace('_', ' ') for n in neuron.trained)}" if neuron.trained else ""
    return f"{neuron.model}{levels}{learned}"


def activation(neuron: Neuron) -> Op:
    """The operation of a neuron: `lif` and `potential` where the equation is Eq. 1 with constants, else one for any model."""
    if neuron.plain:
        return Lif(neuron=neuron)
    model = None if neuron.registered == "lif" else neuron.written_model
    if model is not None and model.over_time:
        return NeuronsOverTime(neuron=neuron)
    if neuron.spikes:
        return Neurons(neuron=neuron)
    return Potential(decay=neuron.decay) if neuron.leaks_only else Graded(neuron=neuron)


@register
class Relu(Op):
    """ReLU, the activation of stems during architecture search.

    x: any kind, [C, *size]  ->  real, [C, *size].
    """

    name: ClassVar[str] = "relu"
    traits: ClassVar[Traits] = Traits(on_edge=True)

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x.with_(kind=Kind.REAL)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample()

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Function()

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "ReLU"
