"""Operations that add or remove pixels at the border: pad and crop."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from typing_extensions import override

from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.windows import Window
from spikegraph.ir.type_rules import TypeRuleError, spatial
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
        spatial(self.name, x, least=1)
        return x.with_(size=tuple(-(-n // self.multiple) * self.multiple for n in x.size))

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"pad to a multiple of {self.multiple}"


@register
class Crop(Op):
    """The middle or the end of each spatial axis, with the size of another value.

    x: any kind, [C, *size]; like: any, [*, *other], no larger  ->  the same kind, [C, *other]. In the `centre` the smaller
    half is removed before the axis.
    """

    name: ClassVar[str] = "crop"
    at: Literal["centre", "end"] = "centre"

    @override
    def infer(self, x: Value, like: Value) -> Value:
        spatial(self.name, x, least=1)
        if len(x.size) != len(like.size) or any(a < b for a, b in zip(x.size, like.size, strict=True)):
            raise TypeRuleError(f"`crop` can't cut {list(like.size)} out of {x}", code="SG0302")
        return x.with_(size=like.size)
