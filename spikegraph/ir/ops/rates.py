"""A scale by a firing rate."""

from collections.abc import Mapping, Sequence
from math import gcd
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Factors
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.windows import product
from spikegraph.ir.samples import Draw, Sample, divisors
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import closed, divided
from spikegraph.ir.types import Kind, Value


@register
class RateScale(Op):
    """Divides by sqrt(rate * terms), where `rate` is a running mean of another value, such as the firing rate of its spikes.

    x: any kind, [C, *size]; of: any, [D, *other]  ->  real, [C, *size]. A sum of n products of numbers of variance 1 and spikes
    with a rate r has the variance n * r, which this makes 1 again, as in DSSA (Shi et al., SpikingResformer, CVPR 2024). Each
    head has a rate, the mean of the absolute values of its channels of `of` over samples, time steps and positions. `terms` is
    n: the number of channels that a head of `of` has, the number of its positions, or a number. In training the rate becomes
    (1 - momentum) times itself plus momentum times that of the batch, but the first one that isn't 0 is taken as it is; then it
    divides. Evaluation and deployment have a constant factor for each head, that of a rate of 1 for one that was always silent.
    """

    name: ClassVar[str] = "rate_scale"
    traits: ClassVar[Traits] = Traits(statistics=True, own_steps=True)
    by_place: ClassVar[int | None] = 0
    heads: PositiveInt = 1
    terms: PositiveInt | Literal["channels", "positions"] = "channels"
    momentum: Annotated[float, Field(ge=0, le=1)] = 0.001

    def count(self, shape: tuple[int, ...]) -> int:
        """The number of terms for a value `of` of this shape, (D, *other)."""
        match self.terms:
            case "channels":
                return shape[0] // self.heads
            case "positions":
                return product(shape[1:])
            case number:
                return number

    @override
    def infer(self, x: Value, of: Value) -> Value:
        for value in (x, of):
            closed(self.name, value)
            divided(self.name, value, self.heads)
        return x.with_(kind=Kind.REAL)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        of = draw.choice((x, *(y for y in others if y.levels == 1)))
        arguments = draw.some(
            0.4,
            heads=lambda: draw.choice(divisors(gcd(x.channels, of.channels))[::-1]),
            terms=lambda: draw.choice(("positions", 3)),
            momentum=lambda: draw.choice((1, 0, 0.5)),
        )
        return Sample(arguments, (of,))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Factors(of=(0,))

    @override
    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        return {name: {}}

    @override
    def statistics(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        return {name: {"running_rate": (self.heads,)}}

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"scale by firing rate{f', {self.heads} heads' if self.heads > 1 else ''}"
