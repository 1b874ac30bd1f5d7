"""Poolings and the mean over time."""

from typing import ClassVar, Literal

from pydantic import PositiveInt
from typing_extensions import override

from spikegraph.ir.opdef import Op, closed, register, spatial
from spikegraph.ir.ops.convolution import shrunk
from spikegraph.ir.types import Kind, Value


@register
class Pool(Op):
    """Pooling: the mean over all pixels, or the maximum or mean over windows.

    x: any kind, [C, *size]  ->  [C] for `global`, [C, *ceil(size / stride)] for `max` and `avg`; `max` keeps the kind,
    the others make it real.
    """

    name: ClassVar[str] = "pool"
    kind: Literal["global", "max", "avg"] = "global"
    kernel: PositiveInt = 2
    stride: PositiveInt = 2

    @override
    def infer(self, *operands: Value) -> Value:
        (x,) = operands
        spatial(self.name, x, least=1 if self.kind == "global" else 2)
        if self.kind == "global":
            return x.with_(kind=Kind.REAL, size=())
        size = shrunk(x.size, self.stride)
        return x.with_(size=size) if self.kind == "max" else x.with_(kind=Kind.REAL, size=size)


@register
class Mean(Op):
    """Mean over the time steps.

    x: any kind, [C, *size]  ->  real, [C, *size], once per sequence.
    """

    name: ClassVar[str] = "mean"
    over: Literal["time"]

    @override
    def infer(self, *operands: Value) -> Value:
        (x,) = operands
        closed(self.name, x)
        return x.with_(kind=Kind.REAL, steps=False)
