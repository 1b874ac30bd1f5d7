"""Products of matrices of tokens."""

from collections.abc import Mapping, Sequence
from itertools import product as combinations
from math import gcd
from typing import ClassVar, Literal, get_args

from pydantic import PositiveInt
from typing_extensions import override

from spikegraph.base.nearest import listed
from spikegraph.ir.arithmetic import Arithmetic, Multiplication, Product
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.windows import product
from spikegraph.ir.samples import Draw, Sample, divisors
from spikegraph.ir.type_rules import TypeRuleError, closed, divided
from spikegraph.ir.types import Kind, Value

Sides = Literal["none", "left", "right", "both"]
"""Which of two matrices are transposed."""

MOST_SAMPLED = 4096
"""Numbers of a result in random networks: a product has as many as two maps together have positions, multiplied."""


@register
class MatrixProduct(Op):
    """Product of matrices in each head, whose rows are the positions of a value, its tokens, and columns a head's channels.

    a: any kind, [C, *size]; b: any, [D, *other]  ->  [heads * columns, *size], or [heads * columns, C / heads] if the matrix of
    a is transposed. Head h has the channels from h * C / heads on. With `transpose = right` it multiplies by the transposed
    matrix of b, with `left` the transposed matrix of a. So `product(q, k, transpose = right)` has a number for each pair of
    tokens, and `product(product(q, k, transpose = right), v)` is `attend(q, k, v, scale = 1)`. Of spikes it is a count, at most
    the number of products that are summed; else it is real.
    """

    name: ClassVar[str] = "product"
    heads: PositiveInt = 1
    transpose: Sides = "none"

    @property
    def left(self) -> bool:
        """Whether the matrix of a is transposed."""
        return self.transpose in ("left", "both")

    @property
    def right(self) -> bool:
        """Whether the matrix of b is transposed."""
        return self.transpose in ("right", "both")

    def shapes(self, a: Value, b: Value) -> tuple[tuple[int, int], tuple[int, int]]:
        """Rows and columns of the two matrices that are multiplied in each head."""
        (m, n), (p, q) = ((product(x.size), x.channels // self.heads) for x in (a, b))
        return (n, m) if self.left else (m, n), (q, p) if self.right else (p, q)

    @override
    def infer(self, a: Value, b: Value) -> Value:
        for value in (a, b):
            closed(self.name, value)
            divided(self.name, value, self.heads)
        (rows, terms), (there, columns) = self.shapes(a, b)
        if terms != there:
            raise self._unfit(a, b)
        like = a.with_(channels=self.heads * columns, size=(rows,) if self.left else a.size, steps=a.steps or b.steps)
        if not {a.kind, b.kind} <= {Kind.SPIKE, Kind.COUNT}:
            return like.with_(kind=Kind.REAL)
        most = a.bound * b.bound * terms
        return like.with_(kind=Kind.SPIKE if most == 1 else Kind.COUNT, bound=most)

    def _unfit(self, a: Value, b: Value) -> TypeRuleError:
        """The error that the columns of one matrix aren't as many as the rows of the other, with what would fit."""
        first, second = self.shapes(a, b)
        sides = [side for side in get_args(Sides) if _fits(self.model_copy(update={"transpose": side}), a, b)]
        inside = f" of each of {self.heads} heads" if self.heads > 1 else ""
        summary = f"`product` can't multiply {_by(first, second)} matrices{inside}: {first[1]} columns, but {second[0]} rows"
        fits = f"{listed([f'transpose = {side}' for side in sides])} fits" if sides else f"no `transpose` makes {a} and {b} fit"
        return TypeRuleError(summary, f"rows are positions, and columns channels{inside}; {fits}", "SG0302")

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        ways = [
            (heads, transpose, y)
            for y in (x, *others)
            if y.levels == 1
            for heads, transpose in combinations(divisors(gcd(x.channels, y.channels))[::-1], get_args(Sides))
            if _fits(op := cls(heads=heads, transpose=transpose), x, y) and product(op.infer(x, y).shape) <= MOST_SAMPLED
        ]
        if not ways:
            return None
        heads, transpose, y = draw.choice(ways)
        return Sample({"heads": heads, "transpose": transpose}, (y,))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        a, b = operands
        (rows, terms), (_, columns) = self.shapes(a, b)
        products = (Product(self.heads * rows * terms * columns, ((0,), (1,))),)
        return Multiplication(products=products, terms=terms)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        heads = f", {self.heads} heads" if self.heads > 1 else ""
        transposed = {"none": "", "both": ", both transposed"}.get(self.transpose, f", {self.transpose} one transposed")
        return f"matrix product{heads}{transposed}"


def _by(first: tuple[int, int], second: tuple[int, int]) -> str:
    """Two matrices in words."""
    return f"{first[0]} x {first[1]} by {second[0]} x {second[1]}"


def _fits(op: MatrixProduct, x: Value, y: Value) -> bool:
    """Whether the matrices of two values can be multiplied."""
    (_, terms), (there, _) = op.shapes(x, y)
    return terms == there
