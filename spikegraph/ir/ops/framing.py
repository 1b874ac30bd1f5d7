"""Operations that add or remove pixels at the border, and repeat a map: pad, crop, stack."""

from collections.abc import Mapping, Sequence
from operator import le
from typing import ClassVar, Literal

from pydantic import PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Copies
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.windows import Window
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.type_rules import TypeRuleError, closed, spatial
from spikegraph.ir.types import Value


@register
class Pad(Op):
    """Zeros before each spatial axis, so that its size is a multiple of a number.

    x: any kind, [C, *size]  ->  the same kind, [C, *ceil(size / multiple) * multiple]. `crop(at = end)` removes them.
    """

    name: ClassVar[str] = "pad"
    multiple: Window

    @override
    def infer(self, x: Value) -> Value:
        spatial(self.name, x)
        return x.with_(size=tuple(-(-n // self.multiple) * self.multiple for n in x.size))

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        return Sample({"multiple": draw.integer(1, 4)}) if 1 <= len(x.size) <= 3 else None

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(zeros=True)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"pad to a multiple of {self.multiple}"


@register
class Crop(Op):
    """The middle or the end of each spatial axis, with the size of another value.

    x: any kind, [C, *size]; like: any, [*, *other], no larger  ->  the same kind, [C, *other]. If `like` has fewer axes, x
    keeps its first ones. In the `centre` the smaller half is removed before the axis.
    """

    name: ClassVar[str] = "crop"
    at: Literal["centre", "end"] = "centre"

    @override
    def infer(self, x: Value, like: Value) -> Value:
        spatial(self.name, x)
        kept = len(x.size) - len(like.size)
        if kept < 0 or any(a < b for a, b in zip(x.size[kept:], like.size, strict=True)):
            raise TypeRuleError(f"`crop` can't cut {list(like.size)} out of {x}", code="SG0302")
        return x.with_(size=x.size[:kept] + like.size)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if not 1 <= len(x.size) <= 3:
            return None
        fits = [y for y in others if y.levels == 1 and len(y.size) <= len(x.size) and all(map(le, y.size[::-1], x.size[::-1]))]
        return Sample(draw.some(0.3, at=lambda: "end"), (draw.choice((*fits, ())),))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(of=(0,))


@register
class Stack(Op):
    """A map repeated for each of several planes, such as those of a cost volume.

    x: any kind, [C, *size] with at most 2 spatial axes  ->  the same kind, [C, planes, *size].
    """

    name: ClassVar[str] = "stack"
    planes: PositiveInt

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        if len(x.size) > 2:
            raise TypeRuleError(f"`stack` needs a map [C, H, W], not {x}", code="SG0302")
        return x.with_(size=(self.planes, *x.size))

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        return Sample({"planes": draw.integer(1, 3)}) if len(x.size) <= 2 else None

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies()

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"{self.planes} times"
