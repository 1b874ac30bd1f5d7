"""Neurons of one or more nodes of the plain graph, joined by passes: what all such operations have."""

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import PositiveFloat, PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, NeuronUpdate
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op
from spikegraph.ir.types import Value


class GroupedNeurons(Op):
    """Neurons in groups of `width` channels, each with its own b of the surrogate.

    With `neurons`, each group is the neuron of this name in the plain graph; without, there is one, the node's own.
    """

    written: ClassVar[bool] = False
    neuron: Neuron
    width: PositiveInt
    b: tuple[PositiveFloat, ...]
    neurons: tuple[str, ...] = ()

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return NeuronUpdate()

    @override
    def untempered(self) -> Self:
        return self.model_copy(update={"neuron": self.neuron.untempered, "b": (1.0,) * len(self.b)})

    @override
    def populations(self, name: str, value: Value) -> Mapping[str, int]:
        return dict.fromkeys(self.neurons, self.width) if self.neurons else {name: value.channels}
