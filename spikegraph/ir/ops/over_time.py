"""Neurons that have all time steps at once."""

from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from spikegraph.equations.model import Matrix
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.neuron_updates import update_of
from spikegraph.ir.opdef import register
from spikegraph.ir.ops.neuron_base import AnyNeurons, model_text, surrogate_text
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Value
from spikegraph.ir.updates import Update


@register
class NeuronsOverTime(AnyNeurons):
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
            raise TypeRuleError(
                summary,
                "write `time = 4` in the network, or `steps = 4` in the neuron if the inputs have time steps of their own",
                "SG0304",
            )
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
        return f"{model_text(self.neuron)}, all steps at once, {surrogate_text(self.neuron, notes)}"
