"""Operations that take axes away or leave values out: flatten, reduce, vote, dropout."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveInt
from typing_extensions import override

from spikegraph.base.nearest import listed
from spikegraph.ir.arithmetic import Arithmetic, Copies, Largest, Sum
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.windows import product
from spikegraph.ir.samples import Draw, Sample, divisors
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import TypeRuleError, closed
from spikegraph.ir.types import Kind, Value

AXES = ("depth", "height", "width")
"""Names of the spatial axes; two are height and width, one is width."""


def total_of(x: Value, count: int) -> Value:
    """The type of the sum of `count` numbers of one value: a count of spikes, else real."""
    counts = x.kind in (Kind.SPIKE, Kind.COUNT) and x.bound * count > 1
    return x.with_(kind=Kind.COUNT, bound=x.bound * count) if counts else x if count == 1 else x.with_(kind=Kind.REAL)


@register
class Flatten(Op):
    """Makes all numbers of a time step channels, for a linear layer: channel by channel, each in the order of its axes.

    x: any kind, [C, *size]  ->  the same kind, [C * product of size]. A network that flattens takes only inputs of the declared
    size.
    """

    name: ClassVar[str] = "flatten"

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x.with_(channels=product(x.shape), size=())

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample()

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies()


@register
class Reduce(Op):
    """Maximum, mean or sum over one axis, which is then gone; over the channels it leaves one.

    x: any kind, [C, *size]  ->  [C, *size without the axis]. A maximum keeps the kind, a mean is real, a sum of spikes is a
    count. Three axes are depth, height and width, two are height and width, one is width.
    """

    name: ClassVar[str] = "reduce"
    over: Literal["channels", "depth", "height", "width"]
    by: Literal["max", "mean", "sum"]

    def axis(self, axes: int) -> int:
        """The index of the axis from the end, negative, of a value with so many spatial axes."""
        return -1 - axes if self.over == "channels" else AXES.index(self.over) - len(AXES)

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        at = self.axis(len(x.size)) + 1 + len(x.size)
        if at < 0 or (at == 0 and self.over != "channels"):
            has = listed(("channels", *AXES[len(AXES) - len(x.size) :]), last="and")
            raise TypeRuleError(f"{x} has no axis `{self.over}`", f"it has {has}", "SG0302")
        y = x if self.by == "max" else x.with_(kind=Kind.REAL) if self.by == "mean" else total_of(x, x.shape[at])
        return y.with_(channels=1) if at == 0 else y.with_(size=x.size[: at - 1] + x.size[at:])

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        axes = ("channels", *AXES[len(AXES) - len(x.size) :])
        return Sample({"over": draw.choice(axes), "by": draw.choice(("max", "mean", "sum"))})

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        (x,) = operands
        if self.by == "max":
            return Largest()
        count = x.shape[self.axis(len(x.size))]
        return Sum(factor=Fraction(1, count if self.by == "mean" else 1), terms=count, aligned=False)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"{self.by} over {self.over}"


@register
class Vote(Op):
    """Mean over neighbouring channels that stand for one class, as networks for event cameras vote.

    x: any kind, [C, *size]  ->  real, [C / voters, *size]. Channels 0 to voters - 1 are those of class 0.
    """

    name: ClassVar[str] = "vote"
    voters: PositiveInt

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        if x.channels % self.voters:
            help = "give the layer before it so many channels for each class"
            raise TypeRuleError(f"`vote` can't divide {x.channels} channels by {self.voters} voters", help, "SG0302")
        return x.with_(kind=Kind.REAL, channels=x.channels // self.voters)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample({"voters": draw.choice(divisors(x.channels)[::-1])})

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Sum(factor=Fraction(1, self.voters), terms=self.voters)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"vote of {self.voters} channels"


@register
class Dropout(Op):
    """Sets numbers to 0 with a probability, in training only, and divides the others by 1 - probability.

    x: any kind, [C, *size]  ->  the same type, which it has where it is deployed. A sequence has one mask for all of its time
    steps. The random numbers are those of the run, so that a resumed run draws the same.
    """

    name: ClassVar[str] = "dropout"
    traits: ClassVar[Traits] = Traits(scales=True)
    probability: Annotated[float, Field(ge=0, lt=1)] = 0.5

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample(draw.some(0.5, probability=lambda: draw.choice((0, 0.25))))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(moves=False)
