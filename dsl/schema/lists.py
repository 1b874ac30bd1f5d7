"""Types of lists."""

from dataclasses import replace
from typing import TypeVar

from typing_extensions import override

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.layout import flat
from spikegraph.dsl.node_descriptions import describe
from spikegraph.dsl.schema.key import Reading, Scope, ValueType

LONGEST = 4096
"""Items of the longest list."""

T = TypeVar("T")
N = TypeVar("N", bound=float)


@record
class ListOf(ValueType[tuple[T, ...]]):
    """A list of `least` to `most` values of one type; `distinct`: without repetition."""

    item: ValueType[T]
    least: int = 0
    most: int = LONGEST
    distinct: bool = False

    @property
    def order(self) -> str:
        """The condition on the order of the items, in words."""
        return " without repetition" if self.distinct else ""

    @property
    @override
    def words(self) -> str:
        count = f" of {self.least}" if self.least == self.most else ""
        return f"a list{count}{self.order}, each item {self.item.words}"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[tuple[T, ...]] | None:
        if not isinstance(expr, ast.Sequence):
            alone = self.least <= 1 and self.item.read(expr, replace(scope, diagnostics=Diagnostics())) is not None
            text = f"[{flat(expr)}]" if alone else None
            return self.refuse(expr, scope, None if text is None else f"write `{text}`", text)
        if len(expr.items) > 1 and not self.item.quotes and all(isinstance(item, ast.Text) for item in expr.items):
            words = ", ".join(item.value for item in expr.items if isinstance(item, ast.Text))
            return self.refuse(expr, scope, f"write the items without quotes: `[{words}]`", f"[{words}]")
        if not self.least <= len(expr.items) <= self.most:
            code = "SG0218" if len(expr.items) > LONGEST else "SG0208"
            wanted = str(self.least) if self.least == self.most else f"{self.least} to {self.most}"
            summary = f"expected a list of {wanted}, found a list of {len(expr.items)}"
            scope.diagnostics.error(code, expr.span, summary, help=f"write {self.words}")
            return None
        readings = [self.item.read(item, scope) for item in expr.items]
        sound = [reading for reading in readings if reading is not None]
        if len(sound) < len(readings):
            return None
        values = tuple(reading.value for reading in sound)
        seen: set[T] = set()
        for value, item in zip(values, expr.items if self.distinct else (), strict=False):
            if value in seen:
                scope.diagnostics.error("SG0205", item.span, f"{describe(item)} is listed twice")
                return None
            seen.add(value)
        return Reading(values, ast.Sequence(tuple(reading.expr for reading in sound), expr.span))


class Rising(ListOf[N]):
    """A list of numbers in rising order."""

    @property
    @override
    def order(self) -> str:
        return " in rising order"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[tuple[N, ...]] | None:
        reading = super().read(expr, scope)
        if reading is None or not isinstance(expr, ast.Sequence):
            return None
        for i, item in enumerate(expr.items[1:]):
            if reading.value[i] >= reading.value[i + 1]:
                scope.diagnostics.error("SG0208", item.span, "this value is not larger than the one before it")
                return None
        return reading


@record
class Interval(ValueType[tuple[float, float]]):
    """A list of the least and the largest value."""

    item: ValueType[float]

    @property
    @override
    def words(self) -> str:
        return Rising(self.item, 2, 2).words

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[tuple[float, float]] | None:
        reading = Rising(self.item, 2, 2).read(expr, scope)
        if reading is None:
            return None
        low, high = reading.value
        return Reading((low, high), reading.expr)
