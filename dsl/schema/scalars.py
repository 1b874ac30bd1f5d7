"""Types of single values: numbers, durations, truth values."""

from typing import TypeVar

from typing_extensions import override

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.evaluate import evaluate, whole
from spikegraph.dsl.schema.key import Reading, Scope, ValueType
from spikegraph.dsl.schema.params import sees_no_param

T = TypeVar("T")

OTHER_WORDS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
"""Words of other languages for truth values, in lower case, and those of this language."""

NO_VALUE = ("None", "null", "nil", "NULL", "undefined")
"""Words of other languages for `none`."""


def _digits(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:g}"


def _bounds(low: float | None, high: float | None, open_low: bool, open_high: bool) -> str:
    parts: list[str] = []
    if low is not None:
        parts.append(f"above {_digits(low)}" if open_low else f"at least {_digits(low)}")
    if high is not None:
        parts.append(f"below {_digits(high)}" if open_high else f"at most {_digits(high)}")
    return " and ".join(parts)


@record
class Real(ValueType[float]):
    """A number within bounds."""

    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False

    @property
    @override
    def words(self) -> str:
        bounds = _bounds(self.low, self.high, self.open_low, self.open_high)
        return f"a number {bounds}" if bounds else "a number"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[float] | None:
        if isinstance(expr, ast.Number) and expr.unit is not None:
            return self.refuse(expr, scope)
        if isinstance(expr, ast.Text):
            return self.quoted(expr, scope)
        value = evaluate(expr, {}, scope.diagnostics) if sees_no_param(expr, scope) else None
        if value is None or not self.within(float(value), expr, scope):
            return None
        return Reading(float(value), expr)

    def within(self, value: float, expr: ast.Expr, scope: Scope) -> bool:
        """Whether `value` is in bounds; adds an error if not."""
        low = self.low is None or (value > self.low if self.open_low else value >= self.low)
        high = self.high is None or (value < self.high if self.open_high else value <= self.high)
        if not (low and high):
            bounds = _bounds(self.low, self.high, self.open_low, self.open_high)
            scope.diagnostics.error("SG0208", expr.span, f"{value:g} is out of range", help=f"it must be {bounds}")
        return low and high


@record
class Whole(ValueType[int]):
    """A whole number within bounds, both inclusive."""

    low: int
    high: int | None = None

    @property
    @override
    def words(self) -> str:
        return f"a whole number {_bounds(self.low, self.high, False, False)}"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[int] | None:
        if isinstance(expr, ast.Number) and expr.unit is not None:
            return self.refuse(expr, scope)
        if isinstance(expr, ast.Text):
            return self.quoted(expr, scope)
        value = whole(expr, {}, scope.diagnostics) if sees_no_param(expr, scope) else None
        if value is None:
            return None
        if value < self.low or (self.high is not None and value > self.high):
            bounds = _bounds(self.low, self.high, False, False)
            scope.diagnostics.error("SG0208", expr.span, f"{value} is out of range", help=f"it must be {bounds}")
            return None
        return Reading(value, expr)


class Nodes(Whole):
    """The number of a cell's nodes."""

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[int] | None:
        if isinstance(expr, ast.Number) and expr.value == 0:
            scope.diagnostics.error("SG0214", expr.span, "a cell needs at least one node")
            return None
        return super().read(expr, scope)


class Duration(ValueType[float]):
    """A duration above 0 with its unit; the value is in seconds."""

    @property
    @override
    def words(self) -> str:
        return "a duration, such as `50ms` or `2s`"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[float] | None:
        if isinstance(expr, ast.Text):
            return self.quoted(expr, scope)
        if not isinstance(expr, ast.Number) or expr.unit is None:
            unit = "write its unit, such as `50ms`" if isinstance(expr, ast.Number) else None
            return self.refuse(expr, scope, unit)
        value = evaluate(expr, {}, scope.diagnostics)
        if value is None or not Real(0, open_low=True).within(value, expr, scope):
            return None
        return Reading(float(value), expr)


class Flag(ValueType[bool]):
    """`true` or `false`."""

    @property
    @override
    def words(self) -> str:
        return "`true` or `false`"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[bool] | None:
        if isinstance(expr, ast.Name) and expr.id in ("true", "false"):
            return Reading(expr.id == "true", expr)
        if isinstance(expr, ast.Text) and expr.value in ("true", "false"):
            return self.quoted(expr, scope)
        word: str | None = None
        if isinstance(expr, ast.Name):
            word = OTHER_WORDS.get(expr.id.lower())
        elif isinstance(expr, ast.Number) and expr.unit is None:
            word = {0: "false", 1: "true"}.get(int(expr.value)) if expr.value in (0, 1) else None
        return self.refuse(expr, scope) if word is None else self.refuse(expr, scope, f"write `{word}`", word)


@record
class Optional(ValueType[T | None]):
    """A value or `none`."""

    inner: ValueType[T]

    @property
    @override
    def words(self) -> str:
        return f"{self.inner.words}, or `none`"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[T | None] | None:
        if isinstance(expr, ast.Name) and expr.id == "none":
            return Reading(None, expr)
        if isinstance(expr, ast.Name) and expr.id in NO_VALUE:
            return self.refuse(expr, scope, "write `none`", "none")
        return self.inner.read(expr, scope)
