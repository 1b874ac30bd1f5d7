"""The operation `adaptive_lif`: its parameters and its type rule."""

from typing import ClassVar

from pydantic import Field
from typing_extensions import override

from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.traits import Traits
from spikegraph.ir.types import Kind, Value


@register
class AdaptiveLif(Op):
    """Spiking neurons whose threshold rises with each spike (Bellec et al., NeurIPS 2018).

    x: current, any kind, [C, *size]  ->  spike, [C, *size]. The threshold is that of the neuron plus `strength` times a
    trace of its spikes, which keeps `memory` of its value at each time step.
    """

    name: ClassVar[str] = "adaptive_lif"
    traits: ClassVar[Traits] = Traits(fires=True, stateful=True)
    neuron: Neuron
    strength: float = Field(0.5, ge=0)
    memory: float = Field(0.8, ge=0, lt=1)

    @override
    def infer(self, x: Value) -> Value:
        return x.with_(kind=Kind.SPIKE, bound=1, steps=True)

    @override
    def neuron_of(self) -> Neuron:
        return self.neuron

    @override
    def with_neuron(self, neuron: Neuron) -> "AdaptiveLif":
        return self.model_copy(update={"neuron": neuron})
