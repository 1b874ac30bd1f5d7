"""What operations of neurons have in common."""

from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from spikegraph.base.nearest import listed
from spikegraph.ir.arithmetic import Arithmetic, NeuronUpdate
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.neuron_updates import states_of, update_of
from spikegraph.ir.opdef import Op
from spikegraph.ir.type_rules import TypeRuleError, same_size
from spikegraph.ir.types import Value
from spikegraph.ir.updates import Update


def surrogate_text(neuron: Neuron, notes: Mapping[str, object]) -> str:
    """The surrogate for diagrams, and whether it is searched."""
    searched = ", surrogate searched (DGS)" if "dgs" in notes else ""
    return f"{neuron.surrogate.name}, b = {neuron.surrogate.b:g}{searched}"


class OfNeuron(Op):
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
    def any_neuron(self) -> Neuron | None:
        return self.neuron

    @override
    def update(self) -> Update | None:
        return update_of(self.neuron)

    @override
    def states(self) -> int:
        return states_of(self.neuron)


class AnyNeurons(OfNeuron):
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


def model_text(neuron: Neuron) -> str:
    """The model and what is learned, such as `lif, 4 levels, learned decay`."""
    levels = f", {neuron.levels} levels" if neuron.levels > 1 else ""
    learned = f", learned {' and '.join(n.name.replace('_', ' ') for n in neuron.trained)}" if neuron.trained else ""
    return f"{neuron.model}{levels}{learned}"
