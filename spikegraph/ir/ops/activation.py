"""Activations: the spiking neuron, the bare membrane, and the ReLU of a search's stems."""

from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op, closed, register
from spikegraph.ir.types import Kind, Value


@register
class Lif(Op):
    """Spiking neuron with its own membrane potentials (Eq. 1).

    x: current, any kind, [C, *size]  ->  spike, [C, *size]. `dgs` is the place under which a spec has this neuron's
    surrogate searched while it trains (section 3.4); it changes nothing of what the neuron does.
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
    """Membrane potential of a neuron that never fires: u[t] = decay * u[t-1] + I[t].

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
    """ReLU, the activation of a stem while an architecture is searched.

    x: any kind, [C, *size]  ->  real, [C, *size].
    """

    name: ClassVar[str] = "relu"

    @override
    def infer(self, *operands: Value) -> Value:
        (x,) = operands
        closed(self.name, x)
        return x.with_(kind=Kind.REAL)
