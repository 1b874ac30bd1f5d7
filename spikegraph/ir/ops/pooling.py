"""Poolings and the mean over time."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from typing_extensions import override

from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.windows import Window, across, product, shrunk, striding
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import closed, spatial
from spikegraph.ir.types import Kind, Value


@register
class Pool(Op):
    """Pooling: the mean over all pixels, or the maximum or mean over windows.

    x: any kind, [C, *size]  ->  [C] for `global`, [C, *ceil(size / stride)] for `max` and `avg`; `max` keeps the kind,
    the others make it real.
    """

    name: ClassVar[str] = "pool"
    traits: ClassVar[Traits] = Traits(on_edge=True)
    kind: Literal["global", "max", "avg"] = "global"
    kernel: Window = 2
    stride: Window = 2

    @override
    def infer(self, x: Value) -> Value:
        spatial(self.name, x, least=1 if self.kind == "global" else 2)
        if self.kind == "global":
            return x.with_(kind=Kind.REAL, size=())
        size = shrunk(x.size, self.stride)
        return x.with_(size=size) if self.kind == "max" else x.with_(kind=Kind.REAL, size=size)

    @override
    def summed(self, x: Value) -> Value | None:
        return x.with_(kind=Kind.COUNT, bound=x.bound * product(x.size), size=()) if self.kind == "global" else None

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        if self.kind == "global":
            return "global mean"
        return f"{self.kind} pool {across(self.kernel, value)}{striding(self.stride)}"


@register
class Mean(Op):
    """Mean over the time steps.

    x: any kind, [C, *size]  ->  real, [C, *size], once per sequence.
    """

    name: ClassVar[str] = "mean"
    over: Literal["time"]

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x.with_(kind=Kind.REAL, steps=False)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "mean over time"
