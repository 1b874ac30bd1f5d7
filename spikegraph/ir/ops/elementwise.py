"""Functions of numbers one by one: differences, quotients, multiples, and functions without weights."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Division, Function, Product, Sum, Zeros, decimal
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.reduction import total_of
from spikegraph.ir.ops.windows import product
from spikegraph.ir.samples import Draw, Sample, besides
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import TypeRuleError, broadcast, closed
from spikegraph.ir.types import Kind, Value


@register
class Sub(Op):
    """Difference of two values: x - y.

    x, y: any kinds, [C, *size] each, or [C], which counts at every position  ->  events (-1, 0 or 1) for two spikes, else
    real.
    """

    name: ClassVar[str] = "sub"

    @override
    def infer(self, x: Value, y: Value) -> Value:
        spikes = x.kind is Kind.SPIKE and y.kind is Kind.SPIKE
        return broadcast(self.name, (x, y)).with_(kind=Kind.EVENTS if spikes else Kind.REAL, steps=x.steps or y.steps)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample(operands=(draw.choice((*besides(x, others), ())),))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Sum()

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "difference"


@register
class Div(Op):
    """Quotient of two values: x / y. Where y is 0 it is infinite, or no number.

    x: any kind; y: real, [C, *size] each, or [C], which counts at every position  ->  real.
    """

    name: ClassVar[str] = "div"

    @override
    def infer(self, x: Value, y: Value) -> Value:
        like = broadcast(self.name, (x, y))
        if y.kind is not Kind.REAL:
            help = "divide by a real value that is never 0, such as an `exp`; a constant factor is `scale`"
            raise TypeRuleError(f"`div` can't divide by {y}, which may be 0", help, "SG0302")
        return like.with_(kind=Kind.REAL, steps=x.steps or y.steps)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample(operands=((Tanh(), Exp()),))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Division(products=(Product(product(self.infer(*operands).shape), ((1,), ())),))

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "quotient"


@register
class Scale(Op):
    """A constant multiple: x times a number.

    x: any kind, [C, *size]  ->  a count whose bound is so many times that of x, for spikes and counts and a whole number
    above 0, else real; with 1 x itself.
    """

    name: ClassVar[str] = "scale"
    traits: ClassVar[Traits] = Traits(on_edge=True)
    by: Annotated[float, Field(allow_inf_nan=False)]

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return total_of(x, int(self.by)) if self.by >= 1 and self.by.is_integer() else x.with_(kind=Kind.REAL)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample({"by": draw.choice((2.0, 1.0, 0.5, -0.25, 3.0, 0.0))})

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Sum(factor=decimal(self.by)) if self.by else Zeros()

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"times {self.by:g}"


class NumberByNumber(Op):
    """A function of each number.

    x: any kind, [C, *size]  ->  real, [C, *size].
    """

    traits: ClassVar[Traits] = Traits(on_edge=True)

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x.with_(kind=Kind.REAL)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample()

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Function()


@register
class Sigmoid(NumberByNumber):
    """Logistic function: 1 / (1 + exp(-x)).

    x: any kind, [C, *size]  ->  real, [C, *size].
    """

    name: ClassVar[str] = "sigmoid"


@register
class Tanh(NumberByNumber):
    """Hyperbolic tangent.

    x: any kind, [C, *size]  ->  real, [C, *size].
    """

    name: ClassVar[str] = "tanh"


@register
class Erf(NumberByNumber):
    """Error function.

    x: any kind, [C, *size]  ->  real, [C, *size].
    """

    name: ClassVar[str] = "erf"


@register
class Exp(NumberByNumber):
    """Exponential function.

    x: any kind, [C, *size]  ->  real, [C, *size].
    """

    name: ClassVar[str] = "exp"

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        return Sample(before=(Tanh(),))
