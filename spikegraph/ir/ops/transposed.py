"""Transposed convolution, which enlarges."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Layer
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.convolution import Groups, grouped, sampled_groups
from spikegraph.ir.ops.windows import Windows, across, grouping, numbers, product, shrunk, sliding, striding, windows
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.traits import Normalisation
from spikegraph.ir.type_rules import TypeRuleError, closed
from spikegraph.ir.types import Kind, Value


@register
class Transposed(Op):
    """Transposed convolution: each input adds its window to the outputs that a `conv` with this stride would see.

    x: any kind, [C, *size]; like: any, [*, *other], may be omitted  ->  real, [out, *other], or [out, *size * stride] without
    `like`, whose size must be one that the stride reduces to that of x. The weight is [out, C / groups, *kernel].
    """

    name: ClassVar[str] = "transposed"
    by_place: ClassVar[int | None] = 1
    optional: ClassVar[tuple[str, ...]] = ("like",)
    kernel: Windows
    out: PositiveInt
    stride: Windows = 1
    bias: bool = True
    dilation: Windows = 1
    groups: Groups = 1

    @override
    def infer(self, x: Value, like: Value | None = None) -> Value:
        axes = sliding(self.name, x)
        grouped(self.name, self.groups, x, self.out)
        _, stride, _, _ = self.windows(axes)
        if like is None:
            return Value(Kind.REAL, self.out, tuple(n * s for n, s in zip(x.size, stride, strict=True)), steps=x.steps)
        closed(self.name, like)
        if len(like.size) != axes:
            raise TypeRuleError(f"`{self.name}` needs operands with equal numbers of axes, not {x} and {like}", code="SG0302")
        if shrunk(like.size, stride) != x.size:
            summary = f"`{self.name}` with stride {numbers(self.stride)} can't enlarge {x} to the size of {like}"
            raise TypeRuleError(summary, f"the stride reduces {list(like.size)} to {list(shrunk(like.size, stride))}", "SG0302")
        return Value(Kind.REAL, self.out, like.size, steps=x.steps)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if not 1 <= len(x.size) <= 3:
            return None
        axes, like = len(x.size), tuple[Value, ...]()
        arguments = draw.some(0.15, bias=lambda: False, dilation=lambda: draw.window(axes, 2, 3))
        if draw.boolean(0.5):
            stride = arguments["stride"] = draw.window(axes, 2, 3)
            each = (stride,) * axes if isinstance(stride, int) else stride
            fits = [y for y in others if y.levels == 1 and len(y.size) == axes and shrunk(y.size, each) == x.size]
            like = (draw.choice(fits),) if fits and draw.boolean(0.7) else ()
        groups, out = sampled_groups(draw, x)
        return Sample({"kernel": draw.window(axes, 1, 4), "out": out, **groups, **arguments}, like)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        window = any(n > 1 for axis in self.windows(len(operands[0].size))[:1] for n in axis)
        return Layer(of=(0,), window=window, padded=window)

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        x = operands[0]
        window, _, _, _ = self.windows(len(x.size))
        weight = {"weight": (self.out, x.channels // grouped(self.name, self.groups, x, self.out), *window)}
        return {**weight, "bias": (self.out,)} if self.bias else weight

    @override
    def additions(self, *operands: Value) -> int:
        return product(operands[0].size) * product(self.weights(*operands)["weight"])

    def windows(self, axes: int) -> tuple[tuple[int, ...], ...]:
        """Kernel, stride, dilation and reach along each of the spatial axes."""
        return windows(self.name, axes, self.kernel, self.stride, self.dilation)

    @override
    def with_norm(self, norm: Normalisation) -> "Transposed":
        return self.model_copy(update={"bias": True})

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        dilation = "" if self.dilation == 1 else f", dilation {numbers(self.dilation)}"
        folded = ", norm folded" if "folded" in notes else ""
        window = f"{across(self.kernel, value)}{striding(self.stride)}{dilation}{grouping(self.groups)}"
        return f"transposed conv {window}{folded}"
