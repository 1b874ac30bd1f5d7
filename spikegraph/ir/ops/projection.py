"""The shortcut of a residual network (He et al., CVPR 2016, section 3.3, option B)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.convolution import Conv
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.windows import shrunk
from spikegraph.ir.ops.wiring import Identity
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import TypeRuleError, closed
from spikegraph.ir.types import Kind, Value

if TYPE_CHECKING:
    from spikegraph.ir.parts import Parts


@register
class Project(Op):
    """Shortcut to the shape of another value: identity where shapes agree, otherwise a 1 x 1 convolution and a norm.

    x: any kind, [C, *size]; like: any, [L, *other]  ->  x itself, or real, [L, *other]. The convolution has no bias, and the
    smallest stride that leads from the one size to the other.
    """

    name: ClassVar[str] = "project"
    traits: ClassVar[Traits] = Traits(expanded_by="expand-layers", layer="weights")

    @override
    def infer(self, x: Value, like: Value) -> Value:
        closed(self.name, x)
        closed(self.name, like)
        if x.shape == like.shape:
            return x
        _stride(x, like)
        return x.with_(kind=Kind.REAL, channels=like.channels, size=like.size)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample(operands=(draw.choice((*(y for y in others if y.levels == 1 and _fits(x, y)), ())),))

    @override
    def expand(self, parts: "Parts", operands: tuple[str, ...]) -> str:
        x, like = operands
        value, target = parts.value(x), parts.value(like)
        if value.shape == target.shape:
            return parts.end(Identity(), x)
        conv = Conv(kernel=1, out=target.channels, stride=_stride(value, target), bias=False)
        return parts.end(Norm(), parts.add("conv", conv, (x,)))


def _fits(x: Value, like: Value) -> bool:
    """Whether a stride leads from the size of `x` to that of `like`."""
    try:
        _stride(x, like)
    except TypeRuleError:
        return False
    return True


def _stride(x: Value, like: Value) -> int | tuple[int, ...]:
    """The smallest stride that leads from the size of `x` to that of `like`: one number, or one for each axis.

    Raises:
        TypeRuleError: There is none.
    """
    if len(x.size) == len(like.size) and len(x.size) in (1, 2, 3):
        stride = tuple(-(-a // b) for a, b in zip(x.size, like.size, strict=True))
        one = max(stride)
        if shrunk(x.size, one) == like.size:
            return one
        if shrunk(x.size, stride) == like.size:
            return stride
    summary = f"`project` finds no stride that leads from {x} to {like}"
    raise TypeRuleError(
        summary, "its result has equal or smaller sizes, such as those behind a convolution with a stride", "SG0302"
    )
