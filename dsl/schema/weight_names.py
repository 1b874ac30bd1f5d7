"""Names of weights, and patterns of them, in specs."""

from typing import ClassVar

from typing_extensions import override

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.dgs_places import place_text
from spikegraph.dsl.schema.key import Reading, Scope, ValueType
from spikegraph.dsl.source import Span


@record
class WeightPattern:
    """Some weights of a network: `stem`, `cells[0]`, `"stage*"`; `spikegraph/ir/weight_names.py` says which."""

    text: str
    span: Span


class WeightNames(ValueType[WeightPattern]):
    """A part of a network by its name, or weights by a pattern in quotes."""

    quotes: ClassVar[bool] = True

    @property
    @override
    def words(self) -> str:
        return 'a part such as `stem` or `cells[0]`, or a pattern in quotes such as `"stage*"`'

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[WeightPattern] | None:
        text = expr.value if isinstance(expr, ast.Text) else place_text(expr)
        return Reading(WeightPattern(text, expr.span), expr) if text else self.refuse(expr, scope)
