"""Lists of values."""

from dataclasses import dataclass

from typing_extensions import override

from spikegraph.dsl import ast
from spikegraph.dsl.describe import describe
from spikegraph.dsl.schema.key import Reading, Scope, ValueType

LONGEST = 4096
"""Items of the longest list."""


@dataclass(frozen=True)
class ListOf(ValueType):
    """A list of values of one type, `least` to `most` of them, perhaps all different, perhaps in rising order."""

    item: ValueType
    least: int = 0
    most: int = LONGEST
    distinct: bool = False
    rising: bool = False

    @property
    @override
    def words(self) -> str:
        count = f" of {self.least}" if self.least == self.most else ""
        rising = " in rising order" if self.rising else " without repetition" if self.distinct else ""
        return f"a list{count}{rising}, each item {self.item.words}"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading | None:
        if not isinstance(expr, ast.Sequence):
            scope.diagnostics.error("SG0207", expr.span, f"expected {self.words}, found {describe(expr)}")
            return None
        if not self.least <= len(expr.items) <= self.most:
            code = "SG0218" if len(expr.items) > LONGEST else "SG0208"
            wanted = str(self.least) if self.least == self.most else f"{self.least} to {self.most}"
            scope.diagnostics.error(
                code, expr.span, f"a list of {len(expr.items)}, and {wanted} are wanted", help=f"it is {self.words}"
            )
            return None
        readings = [self.item.read(item, scope) for item in expr.items]
        if any(reading is None for reading in readings):
            return None
        sound = [reading for reading in readings if reading is not None]
        seen: set[object] = set()
        for i, (reading, item) in enumerate(zip(sound, expr.items, strict=True)):
            if self.distinct and reading.value in seen:
                scope.diagnostics.error("SG0205", item.span, f"{describe(item)} is listed twice")
                return None
            if self.distinct:
                seen.add(reading.value)
            if self.rising and i and not sound[i - 1].value < reading.value:  # type: ignore[operator]
                scope.diagnostics.error("SG0208", item.span, "the values of this list rise")
                return None
        return Reading(tuple(r.value for r in sound), ast.Sequence(tuple(r.expr for r in sound), expr.span))
