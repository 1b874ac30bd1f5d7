"""Factors of the learning rate of parts of a network, in specs."""

from typing import ClassVar

from typing_extensions import override

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.layout import flat
from spikegraph.dsl.schema.key import Reading, Scope, ValueType
from spikegraph.dsl.schema.scalars import Real
from spikegraph.dsl.schema.weight_names import WeightNames, WeightPattern

_FACTOR, _WEIGHTS = Real(0, open_low=True), WeightNames()


@record
class PartRate:
    """`factor * weights`: these weights are trained with `factor` times the learning rate."""

    factor: float
    weights: WeightPattern


class PartRates(ValueType[PartRate]):
    """A factor times a part of a network, or times weights by a pattern in quotes."""

    quotes: ClassVar[bool] = True

    @property
    @override
    def words(self) -> str:
        return 'a factor times a part, such as `0.1 * stem`, or times a pattern in quotes, such as `0.5 * "stage*"`'

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[PartRate] | None:
        match expr:
            case ast.Binary("*", left, ast.Number() as right) if not isinstance(left, ast.Number):
                text = f"{flat(right)} * {flat(left)}"
                return self.refuse(expr, scope, f"the factor comes first: write `{text}`", text)
            case ast.Binary("*", left, right):
                factor, weights = _FACTOR.read(left, scope), _WEIGHTS.read(right, scope)
            case _:
                return self.refuse(expr, scope)
        if factor is None or weights is None:
            return None
        return Reading(PartRate(factor.value, weights.value), ast.Binary("*", factor.expr, weights.expr, expr.span))
