"""A plug-in in one file: `gain` multiplies each channel by a learned number."""

from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.opdef import Op, register
from spikegraph.ir.types import Kind, Value
from spikegraph.plugins.registry import when_used


@register
class Gain(Op):
    """Multiplies each channel by a learned number, which starts at `start`.

    x: any kind, [C, *size]  ->  real, [C, *size].
    """

    name: ClassVar[str] = "gain"
    start: float = 1.0

    @override
    def infer(self, x: Value) -> Value:
        return x.with_(kind=Kind.REAL)

    @override
    def weights(self, *operands: Value) -> dict[str, tuple[int, ...]]:
        return {"factor": (operands[0].channels,)}

    @override
    def initial(self) -> dict[str, float]:
        return {"factor": self.start}


@when_used("spikegraph.kernels")
def kernels() -> None:
    """Registers the kernel, when the first one is needed: checking a spec doesn't import torch."""
    from spikegraph.backends.torch.kernels.base import kernel

    @kernel(Gain)
    def gain(call, xs, state):
        """x: [T, N, C, *size], or [N, C, *size] if it is the same at every time step."""
        ones = [1] * len(call.operands[0].size)
        return xs[0] * call.weights.factor.reshape(-1, *ones), state
