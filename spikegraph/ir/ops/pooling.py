"""Poolings and the mean over time."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Copies, Largest, Sum, mean_of
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.windows import PoolPadding, Windows, across, borders, padded, slid, striding, windows, within
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import TypeRuleError, closed, spatial
from spikegraph.ir.types import Kind, Value


@register
class Pool(Op):
    """Pooling: the mean over all pixels, or the maximum or mean over windows.

    x: any kind, [C, *size]  ->  [C] for `global`, [C, *ceil(size / stride)] for `max` and `avg`; `max` keeps the kind,
    the others make it real. `kernel` and `stride` are numbers, or lists with one for each axis. The padding isn't counted. It
    is what is needed, the smaller half before the axis; with `padding = centred` the windows are those of `conv`: an odd
    window is centred at every stride-th input, as published residual networks have it. With a number as `padding`, or a list
    of them, an axis has so many pixels on both sides, and its size becomes floor((size + 2 * padding - kernel) / stride) + 1.
    """

    name: ClassVar[str] = "pool"
    traits: ClassVar[Traits] = Traits(on_edge=True, strides_on_edge=True)
    by_place: ClassVar[int | None] = 1
    kind: Literal["global", "max", "avg"] = "global"
    kernel: Windows = 2
    stride: Windows = 2
    padding: PoolPadding = "even"

    @override
    def infer(self, x: Value) -> Value:
        spatial(self.name, x)
        if self.kind == "global":
            return x.with_(kind=Kind.REAL, size=())
        _, stride, _, reach = windows(self.name, len(x.size), self.kernel, self.stride)
        for r, (before, _) in zip(reach, borders(self.name, x.size, stride, reach, self.padding), strict=True):
            if before >= r:
                summary = f"`padding` of `pool` is {before}, but its window reaches over {r} pixels"
                raise TypeRuleError(summary, "a padding is smaller than the window, which would see no pixel", "SG0304")
        size = slid(self.name, x.size, stride, reach, self.padding)
        return x.with_(size=size) if self.kind == "max" else x.with_(kind=Kind.REAL, size=size)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if not 1 <= len(x.size) <= 3:
            return None
        if draw.boolean(0.3):
            return Sample()
        axes = len(x.size)
        arguments: dict[str, object] = {"kind": draw.choice(("max", "avg"))}
        arguments |= draw.some(0.5, kernel=lambda: draw.window(axes, 1, 3), stride=lambda: draw.window(axes, 1, 3))
        must = cls.model_validate(arguments).misread() is not None
        return Sample(arguments | draw.some(1 if must else 0.4, padding=lambda: draw.choice(("centred", "even", 0, 1))))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        (x,) = operands
        if self.kind == "max":
            return Largest()
        if self.kind == "global":
            return mean_of(tuple((n,) for n in x.size), aligned=True)
        kernel, stride, _, reach = windows(self.name, len(x.size), self.kernel, self.stride)
        around = borders(self.name, x.size, stride, reach, self.padding)
        axes = zip(x.size, kernel, stride, around, self.infer(x).size, strict=True)
        counts = tuple(within(n, k, s, before, m) for n, k, s, (before, _), m in axes)
        return mean_of(counts, aligned=not any(map(max, around)))

    @override
    def misread(self) -> tuple[str, str] | None:
        kernels, strides = ((w,) * 3 if isinstance(w, int) else w for w in (self.kernel, self.stride))
        if self.kind == "global" or not any(k > s > 1 for k, s in zip(kernels, strides, strict=False)):
            return None
        even = "`padding = even` is what the windows need, the smaller half before the axis"
        return "padding", f"{even}, `padding = centred` is that of `conv`, and numbers are as in PyTorch, whose default is 0"

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        if self.kind == "global":
            return "global mean"
        return f"{self.kind} pool {across(self.kernel, value)}{striding(self.stride)}{padded(self.padding)}"


@register
class Mean(Op):
    """Mean over the time steps.

    x: any kind, [C, *size]  ->  real, [C, *size], once per sequence.
    """

    name: ClassVar[str] = "mean"
    traits: ClassVar[Traits] = Traits(own_steps=True)
    by: ClassVar[Literal["mean"]] = "mean"
    over: Literal["time"]

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x.with_(kind=Kind.REAL, steps=False)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample({"over": "time"})

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Sum(over_time="mean") if operands[0].steps else Copies(moves=False)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "mean over time"
