"""Products of values: element by element, of spikes and their complements, and attention."""

from collections.abc import Mapping, Sequence
from math import gcd
from typing import Annotated, ClassVar

from pydantic import Field, PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Multiplication, Product, decimal
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.windows import product
from spikegraph.ir.samples import Draw, Sample, besides, divisors
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import TypeRuleError, broadcast, closed, divided
from spikegraph.ir.types import Kind, Value

COUNTED = (Kind.SPIKE, Kind.COUNT)


@register
class Mul(Op):
    """Product of two values; of spikes it is AND.

    x, y: any kinds, [C, *size] each, or [C], which counts at every position  ->  spike for two spikes, a count whose bound is
    the product of bounds for spikes and counts, else real.
    """

    name: ClassVar[str] = "mul"
    traits: ClassVar[Traits] = Traits(commutes=True)

    @override
    def infer(self, x: Value, y: Value) -> Value:
        like, steps = broadcast(self.name, (x, y)), x.steps or y.steps
        if x.kind is Kind.SPIKE or y.kind is Kind.SPIKE:
            other = y if x.kind is Kind.SPIKE else x
            return like.with_(kind=other.kind, bound=other.bound, steps=steps)
        if x.kind is Kind.COUNT and y.kind is Kind.COUNT:
            return like.with_(kind=Kind.COUNT, bound=x.bound * y.bound, steps=steps)
        return like.with_(kind=Kind.REAL, steps=steps)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample(operands=(draw.choice((*besides(x, others), ())),))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Multiplication(products=(Product(product(self.infer(*operands).shape), ((0,), (1,))),))

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "product"


@register
class Iand(Op):
    """Inhibition (IAND): (1 - x) * y, so that a spike of x suppresses one of y (Fang et al., SEW-ResNet, NeurIPS 2021).

    x, y: spikes, or real after an activation other than a neuron, [C, *size] each  ->  spike for two spikes, else real.
    """

    name: ClassVar[str] = "iand"

    @override
    def infer(self, x: Value, y: Value) -> Value:
        broadcast(self.name, (x, y))
        wrong = next((v for v in (x, y) if v.kind not in (Kind.SPIKE, Kind.REAL)), None)
        if wrong is not None or x.size != y.size:
            unfit = wrong if wrong is not None else next(v for v in (x, y) if not v.size)
            raise TypeRuleError(f"`iand` needs spikes of one shape, not {unfit}", "put a neuron before it", "SG0302")
        both = x.kind is Kind.SPIKE and y.kind is Kind.SPIKE
        return x.with_(kind=Kind.SPIKE if both else Kind.REAL, steps=x.steps or y.steps)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if x.kind not in (Kind.SPIKE, Kind.REAL):
            return None
        fits = [y for y in others if y.levels == 1 and y.shape == x.shape and y.kind in (Kind.SPIKE, Kind.REAL)]
        return Sample(operands=(draw.choice((*fits, ())),))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Multiplication(products=(Product(product(operands[0].shape), ((0,), (1,))),), complement=(0,))

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "(1 - x) AND y"


@register
class Attend(Op):
    """Spiking self-attention: scale * (q k^T) v in each head, without softmax (Zhou et al., Spikformer, ICLR 2023, Eq. 8).

    q: any kind, [C, *size]; k: any, [C, *other]; v: any, [D, *other]  ->  [D, *size]. The tokens are the positions of each time
    step, so a linear layer on tokens is a `conv(1)` and a norm over tokens is `norm`. Head h has the channels from
    h * C / heads on. With `scale = 1` it is a count of spikes, at most (C / heads) * positions for spikes; else it is real.
    """

    name: ClassVar[str] = "attend"
    heads: PositiveInt = 1
    scale: Annotated[float, Field(gt=0)] = 0.125

    @override
    def infer(self, q: Value, k: Value, v: Value) -> Value:
        for value in (q, k, v):
            closed(self.name, value)
            if not value.size:
                raise TypeRuleError(f"`attend` needs positions as tokens, not {value}", "put it before the pooling", "SG0302")
        if q.channels != k.channels:
            raise TypeRuleError(f"`attend` needs q and k with equal channels, not {q} and {k}", code="SG0302")
        if k.size != v.size:
            raise TypeRuleError(f"`attend` needs k and v of equal sizes, not {k} and {v}", code="SG0302")
        for value in (q, v):
            divided(self.name, value, self.heads)
        steps = q.steps or k.steps or v.steps
        if self.scale != 1 or any(value.kind not in COUNTED for value in (q, k, v)):
            return q.with_(kind=Kind.REAL, channels=v.channels, steps=steps)
        most = q.bound * k.bound * v.bound * (q.channels // self.heads) * product(k.size)
        return q.with_(kind=Kind.COUNT, bound=most, channels=v.channels, steps=steps)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if not x.size:
            return None
        keys = [y for y in others if y.levels == 1 and y.size and y.channels == x.channels]
        k = draw.choice((*keys, None))
        positions = x.size if k is None else k.size
        values = [y for y in others if y.levels == 1 and y.size == positions]
        v = draw.choice((*values, None) if positions == x.size else values)
        common = gcd(x.channels, x.channels if v is None else v.channels)
        arguments = draw.some(0.4, heads=lambda: draw.choice(divisors(common)[::-1]), scale=lambda: draw.choice((1, 0.5)))
        return Sample(arguments, (() if k is None else k, () if v is None else v))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        q, k, v = operands
        pairs = product(q.size) * product(k.size)
        products = (Product(pairs * q.channels, ((0,), (1,))), Product(pairs * v.channels, ((0, 1), (2,))))
        terms = q.channels // self.heads * product(k.size)
        return Multiplication(products=products, factor=decimal(self.scale), terms=terms)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"attention, {self.heads} head{'s' * (self.heads != 1)}, scale {self.scale:g}"
