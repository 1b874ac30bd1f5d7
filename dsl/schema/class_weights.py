"""Weights of classes in a loss."""

from typing import Literal

from typing_extensions import override

from spikegraph.dsl import ast
from spikegraph.dsl.schema.key import Key, Reading, Scope, ValueType
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.scalars import Optional, Real

Weights = tuple[float, ...] | Literal["balanced"]
"""A weight of each class, in their order, or `balanced`: computed from the training set before the run starts."""

_LIST = ListOf(Real(0), 1)


class ClassWeights(ValueType[Weights]):
    """`balanced`, or a list of numbers that aren't all 0."""

    @property
    @override
    def words(self) -> str:
        return "`balanced`, or a list of numbers at least 0, one for each class"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[Weights] | None:
        if isinstance(expr, ast.Name) and expr.id == "balanced":
            return Reading[Weights]("balanced", expr)
        if isinstance(expr, ast.Text):
            return self.quoted(expr, scope)
        if not isinstance(expr, ast.Sequence):
            return self.refuse(expr, scope)
        reading = _LIST.read(expr, scope)
        if reading is not None and not any(reading.value):
            scope.diagnostics.error("SG0208", expr.span, "all weights are 0", help="a class must have a weight above 0")
            return None
        return None if reading is None else Reading[Weights](reading.value, reading.expr)


CLASS_WEIGHTS = Key(
    "class_weights",
    Optional(ClassWeights()),
    "none",
    "factor of each class, in the order of the classes; `balanced`: labels / (classes * labels of the class)",
)
"""The parameter of a loss that weighs classes; the loss finds the weights in `LossCall.class_weights`."""
