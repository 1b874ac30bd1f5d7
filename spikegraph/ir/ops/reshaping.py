"""Operations that give the same numbers other axes: tokens, reshape, swap_axes, channel_shuffle."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveInt
from typing_extensions import override

from spikegraph.base.nearest import listed
from spikegraph.ir.arithmetic import Arithmetic, Copies
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.reduction import AXES
from spikegraph.ir.ops.windows import product
from spikegraph.ir.samples import Draw, Sample, divisors
from spikegraph.ir.type_rules import TypeRuleError, closed
from spikegraph.ir.types import Value

Axis = Literal["channels", "depth", "height", "width"]


@register
class Tokens(Op):
    """Makes all spatial axes one, whose positions are the tokens of a transformer.

    x: any kind, [C, *size]  ->  the same kind, [C, product of size], in the order of the axes. Operations that take each token
    alone, such as `conv(1)`, and `product` do the same on the map itself; windows behind `tokens` have one axis.
    """

    name: ClassVar[str] = "tokens"

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x.with_(size=(product(x.size),))

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample()

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies()


@register
class Reshape(Op):
    """The numbers of a time step in another shape, channel by channel, each in the order of its axes.

    x: any kind, [C, *of]  ->  the same kind, [channels, *size], of as many numbers. Without `channels` they are what the size
    leaves; `size = []` is `flatten`. A network that reshapes takes only inputs of the declared size. To exchange axes use
    `swap_axes`; to divide channels into groups and exchange these, `channel_shuffle`.
    """

    name: ClassVar[str] = "reshape"
    by_place: ClassVar[int | None] = 0
    size: Annotated[tuple[PositiveInt, ...], Field(max_length=3)]
    channels: PositiveInt | None = None

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        has, positions = product(x.shape), product(self.size)
        channels = has // positions if self.channels is None else self.channels
        if channels * positions != has:
            wanted = f"[{', '.join(map(str, ('channels' if self.channels is None else channels, *self.size)))}]"
            each = f"a multiple of {positions:,}" if self.channels is None else f"{channels * positions:,}"
            summary = f"`reshape` can't make {wanted} of {x}: it has {has:,} numbers, not {each}"
            raise TypeRuleError(summary, "the product of channels and size must be the number of numbers", "SG0302")
        return x.with_(channels=channels, size=self.size)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        left, size = product(x.shape), list[int]()
        for _ in range(draw.integer(0, 3)):
            size.append(draw.choice(divisors(left)[::-1]))
            left //= size[-1]
        return Sample({"size": size} | draw.some(0.3, channels=lambda: left))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        (x,) = operands
        result = self.infer(x)
        return Copies(mixes=result.channels != x.channels and bool(result.size))

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"reshape to {' × '.join(map(str, value.shape))}"


@register
class SwapAxes(Op):
    """Exchanges two axes: the channels and a spatial axis, or two spatial axes.

    x: any kind, [C, *size]  ->  the same kind, with the lengths of the two axes exchanged. Three axes are depth, height and
    width, two are height and width, one is width. So `tokens -> swap_axes(channels, width)` has tokens as channels.
    """

    name: ClassVar[str] = "swap_axes"
    first: Axis
    second: Axis

    def axes(self, x: Value) -> tuple[int, int]:
        """The two axes as indices in [C, *size].

        Raises:
            TypeRuleError: x has none of this name.
        """
        names = ("channels", *AXES[len(AXES) - len(x.size) :])
        for axis in (self.first, self.second):
            if axis not in names:
                raise TypeRuleError(f"{x} has no axis `{axis}`", f"it has {listed(names, last='and')}", "SG0302")
        return names.index(self.first), names.index(self.second)

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        i, j = self.axes(x)
        if i == j:
            raise TypeRuleError(f"`swap_axes` exchanges two axes, not `{self.first}` with itself", code="SG0304")
        shape = list(x.shape)
        shape[i], shape[j] = shape[j], shape[i]
        return x.with_(channels=shape[0], size=tuple(shape[1:]))

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        names = ["channels", *AXES[len(AXES) - len(x.size) :]]
        if len(names) < 2:
            return None
        first = names.pop(draw.integer(0, len(names) - 1))
        return Sample({"first": first, "second": draw.choice(names)})

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(mixes="channels" in (self.first, self.second))

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"{self.first} and {self.second} exchanged"


@register
class ChannelShuffle(Op):
    """Takes one channel of each group in turn, so that the next layer with groups sees all of them (ShuffleNet).

    x: any kind, [C, *size]  ->  the same. Group g has the channels from g * C / groups on; channel i of group g becomes channel
    i * groups + g (Zhang et al., CVPR 2018, Fig. 1).
    """

    name: ClassVar[str] = "channel_shuffle"
    groups: PositiveInt

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        if x.channels % self.groups:
            help = "the groups must divide the channels"
            raise TypeRuleError(
                f"`channel_shuffle` can't divide {x.channels} channels into {self.groups} groups", help, "SG0304"
            )
        return x

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample({"groups": draw.choice(divisors(x.channels)[::-1])})

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies()

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"shuffle of {self.groups} groups of channels"
