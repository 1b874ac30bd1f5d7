"""Operations that take the maximum, mean or sum over an axis, over channels in groups, or over time: reduce, vote."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import ClassVar, Literal

from pydantic import PositiveInt
from typing_extensions import override

from spikegraph.base.nearest import listed
from spikegraph.ir.arithmetic import Arithmetic, Copies, Largest, OverTime, Sum
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.windows import product
from spikegraph.ir.samples import Draw, Sample, divisors
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import TypeRuleError, closed, divided
from spikegraph.ir.types import Kind, Value

AXES = ("depth", "height", "width")
"""Names of the spatial axes; two are height and width, one is width."""

WORDS: Mapping[str, OverTime] = {"max": "maximum", "mean": "mean", "sum": "sum"}


def total_of(x: Value, count: int) -> Value:
    """The type of the sum of `count` numbers of one value: a count of spikes, else real."""
    counts = x.kind in (Kind.SPIKE, Kind.COUNT) and x.bound * count > 1
    return x.with_(kind=Kind.COUNT, bound=x.bound * count) if counts else x if count == 1 else x.with_(kind=Kind.REAL)


@register
class Reduce(Op):
    """Maximum, mean or sum over one axis, over all of space, over channels, or over time.

    x: any kind, [C, *size]  ->  [C, *size without the axis], or [C] over `space`; over `time` [C, *size], once per sequence.
    Three axes are depth, height and width, two are height and width, one is width. `channels` are reduced to one, or in each
    of `heads` groups of C / heads neighbours to one, [heads, *size], as `attend` divides them; `heads` are reduced to
    [C / heads, *size], channel by channel. A maximum keeps the kind, a mean is real, a sum of spikes is a count: over time one
    up to the network's `time`, and without it real.
    """

    name: ClassVar[str] = "reduce"
    traits: ClassVar[Traits] = Traits(own_steps=True)
    hidden: ClassVar[tuple[str, ...]] = ("steps",)
    over: Literal["channels", "heads", "depth", "height", "width", "space", "time"]
    by: Literal["max", "mean", "sum"]
    heads: PositiveInt = 1
    steps: PositiveInt | None = None

    def axis(self, axes: int) -> int:
        """The index of the axis from the end, negative, of a value with so many spatial axes."""
        return AXES.index(self.over) - len(AXES) if self.over in AXES else -1 - axes

    @override
    def timed(self, time: int | None) -> "Reduce":
        counts = self.over == "time" and self.by == "sum" and self.steps is None
        return self.model_copy(update={"steps": time}) if counts else self

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        if self.heads > 1 and self.over not in ("channels", "heads"):
            summary = f"`reduce` over `{self.over}` has no `heads`"
            raise TypeRuleError(summary, "remove it, or write `over = channels` or `over = heads`", "SG0304")
        divided(self.name, x, self.heads)
        missing = self.over in AXES and self.axis(len(x.size)) < -len(x.size)
        if missing or (self.over == "space" and not x.size):
            has = listed(("channels", *AXES[len(AXES) - len(x.size) :]), last="and")
            raise TypeRuleError(f"{x} has no axis `{self.over}`", f"it has {has}", "SG0302")
        y = x if self.by == "max" else x.with_(kind=Kind.REAL) if self.by == "mean" else self._total(x)
        if self.over in AXES:
            at = len(x.size) + self.axis(len(x.size))
            return y.with_(size=x.size[:at] + x.size[at + 1 :])
        match self.over:
            case "time":
                return y.with_(steps=False)
            case "space":
                return y.with_(size=())
            case "heads":
                return y.with_(channels=x.channels // self.heads)
            case _:
                return y.with_(channels=self.heads)

    def _total(self, x: Value) -> Value:
        if self.over != "time":
            return total_of(x, self._terms(x))
        if self.steps is not None:
            return total_of(x, self.steps)
        if not x.steps:
            help = "write `time = ...` in the network, which says how many steps there are"
            raise TypeRuleError(f"`reduce` can't add the time steps of {x}, which is the same at every step", help, "SG0304")
        return x.with_(kind=Kind.REAL)

    def _terms(self, x: Value) -> int:
        """The numbers of one time step that a number of the result is made of."""
        match self.over:
            case "time":
                return 1
            case "space":
                return product(x.size)
            case "heads":
                return self.heads
            case "channels":
                return x.channels // self.heads
            case _:
                return x.shape[self.axis(len(x.size))]

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        axes = ("channels", *AXES[len(AXES) - len(x.size) :], *(("space",) if x.size else ()), "heads", "time")
        arguments = {"over": draw.choice(axes), "by": draw.choice(("max", "mean", "sum"))}
        if arguments["over"] not in ("channels", "heads"):
            return Sample(arguments)
        return Sample(arguments | draw.some(0.7, heads=lambda: draw.choice(divisors(x.channels)[::-1])))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        (x,) = operands
        terms = self._terms(x)
        if self.over == "time" and not x.steps:
            return Copies(moves=False) if self.by != "sum" else Sum(terms=self.steps or 1)
        over_time = WORDS[self.by] if self.over == "time" else None
        if self.by == "max":
            return Largest(over_time=over_time)
        factor = Fraction(1, terms if self.by == "mean" else 1)
        return Sum(factor=factor, terms=terms, over_time=over_time, aligned=self.over not in AXES)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"{self.by} over {self.over}{f', {self.heads} heads' if self.heads > 1 else ''}"


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
