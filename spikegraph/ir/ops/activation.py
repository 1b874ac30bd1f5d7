"""Activations: spiking neuron, membrane potential and ReLU (Che et al., NeurIPS 2022, Eq. 1 and section 3.4)."""

from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op, closed, register
from spikegraph.ir.types import Kind, Value


@register
class Lif(Op):
    """Spiking neurons with their own membrane potentials (Eq. 1).

    x: current, any kind, [C, *size]  ->  spike, [C, *size]. `dgs` is the place in the spec's `dgs at` that has this
    neuron's surrogate searched during training (section 3.4); it does not change the result.
    """

    name: ClassVar[str] = "lif"
    written: ClassVar[bool] = False
    hidden: ClassVar[tuple[str, ...]] = ("dgs",)
    neuron: Neuron
    dgs: str | None = None

    @override
    def infer(self, *operands: Value) -> Value:
        (x,) = operands
        closed(self.name, x)
        return x.with_(kind=Kind.SPIKE, bound=1, steps=True)


@register
class Potential(Op):
    """Membrane potential of neurons that never fire: u[t] = decay * u[t-1] + I[t].

    x: current, any kind, [C, *size]  ->  real, [C, *size].
    """

    name: ClassVar[str] = "potential"
    written: ClassVar[bool] = False
    decay: float

    @override
    def infer(self, *operands: Value) -> Value:
        (x,) = operands
        closed(self.name, x)
        return x.with_(kind=Kind.REAL, steps=True)


@register
class Relu(Op):
    """ReLU, the activation of stems during architecture search.

    x: any kind, [C, *size]  ->  real, [C, *size].
    """

    name: ClassVar[str] = "relu"

    @override
    def infer(self, *operands: Value) -> Value:
        (x,) = operands
        closed(self.name, x)
        return x.with_(kind=Kind.REAL)
