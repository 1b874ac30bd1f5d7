"""Operations that repeat channels, or take some of them: spread, split."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Discriminator, Field, NonNegativeInt, PositiveInt, Tag
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Copies
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.windows import number_or_list
from spikegraph.ir.samples import Draw, Sample, divisors
from spikegraph.ir.type_rules import TypeRuleError, closed
from spikegraph.ir.types import Value

ListedParts = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
"""The channels of each part."""

ChannelParts = Annotated[
    Annotated[PositiveInt, Tag("one")] | Annotated[ListedParts, Tag("axes")], Discriminator(number_or_list)
]
"""The number of equal parts, or a list with the channels of each part."""


@register
class Spread(Op):
    """Each channel repeated several times in a row, such as a mask of each head for all channels of the head.

    x: any kind, [h, *size]  ->  the same kind, [to, *size]: channel c is x[floor(c * h / to)]. `reduce(over = channels,
    heads = h)` leads from the channels of h heads to h channels, and `spread` back.
    """

    name: ClassVar[str] = "spread"
    to: PositiveInt

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        if self.to % x.channels:
            summary = f"`spread` can't repeat {x.channels} channels equally often to make {self.to} of them"
            raise TypeRuleError(summary, f"`to` must be a multiple of {x.channels}", "SG0304")
        return x.with_(channels=self.to)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample({"to": x.channels * draw.integer(1, 3)})

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(moves=False)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"spread to {self.to} channels"


@register
class Split(Op):
    """One of several parts of the channels: equal parts, or parts with the numbers of channels in a list.

    x: any kind, [C, *size]  ->  the same kind, [channels of the part, *size]. Parts count from 0: `split(2, 1)` is the second
    half of the channels, and `split([4, 8, 4], 1)` are the 8 channels from the fifth on.
    """

    name: ClassVar[str] = "split"
    parts: ChannelParts
    part: NonNegativeInt

    def channels(self, x: Value) -> tuple[int, int]:
        """The first channel of the part, and the one behind its last."""
        if isinstance(self.parts, int):
            each = x.channels // self.parts
            return self.part * each, (self.part + 1) * each
        first = sum(self.parts[: self.part])
        return first, first + self.parts[self.part]

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        count = self.parts if isinstance(self.parts, int) else len(self.parts)
        if self.part >= count:
            raise TypeRuleError(f"`split` has no part {self.part} of {count}", "parts count from 0", "SG0304")
        if isinstance(self.parts, int) and x.channels % self.parts:
            help = "the number of parts must divide the channels, or list the channels of each part"
            raise TypeRuleError(f"`split` can't divide {x.channels} channels into {self.parts} equal parts", help, "SG0304")
        if not isinstance(self.parts, int) and sum(self.parts) != x.channels:
            summary = f"the parts of `split` have {sum(self.parts)} channels, but {x} has {x.channels}"
            raise TypeRuleError(summary, "list the channels of all parts", "SG0304")
        first, end = self.channels(x)
        return x.with_(channels=end - first)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        if x.channels > 1 and draw.boolean(0.3):
            first = draw.integer(1, x.channels - 1)
            return Sample({"parts": (first, x.channels - first), "part": draw.integer(0, 1)})
        parts = draw.choice(divisors(x.channels)[:4])
        return Sample({"parts": parts, "part": draw.integer(0, parts - 1)})

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(moves=False)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        parts = self.parts if isinstance(self.parts, int) else f"[{', '.join(map(str, self.parts))}]"
        return f"part {self.part} of {parts}"
