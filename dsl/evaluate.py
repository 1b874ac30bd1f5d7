"""Arithmetic on numbers and names, such as `2 * C` or `C / 2`."""

import math
import re
from collections.abc import Mapping

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix, Label
from spikegraph.dsl.layout import flat
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.node_descriptions import describe
from spikegraph.dsl.numbers import LARGEST, SECONDS
from spikegraph.dsl.values import Value

Environment = Mapping[str, Value]
"""Names and their values; None is a value with an error that is already reported."""


def evaluate(expr: ast.Expr, environment: Environment, diagnostics: Diagnostics) -> int | float | None:
    """The value of `expr` as a number; durations are in seconds.

    Whole numbers stay whole under `+ - *` and under an exact division. None after an error: a name that `environment`
    lacks, a division by zero, a value that is not a number or is beyond the limits.
    """
    match expr:
        case ast.Number(value, unit):
            if math.isnan(value):  # malformed, already reported
                return None
            return value if unit is None else value * SECONDS[unit]
        case ast.Name(name, span):
            if name in environment:
                return _number(environment[name], expr, diagnostics)
            if name in ("true", "false", "none"):
                diagnostics.error("SG0207", span, f"expected a number, found `{name}`")
                return None
            known = f"known here are {listed(environment, last='and')}" if environment else "write a number"
            diagnostics.error(
                "SG0202",
                span,
                f"unknown name `{name}`",
                help=did_you_mean(name, environment) or known,
                fixes=rename(span, name, environment),
            )
            return None
        case ast.Negative(operand):
            value = evaluate(operand, environment, diagnostics)
            return None if value is None else -value
        case ast.Binary():
            return _binary(expr, environment, diagnostics)
        case ast.Index():
            found = element(expr, environment, diagnostics)
            if isinstance(found, str):
                diagnostics.error("SG0207", expr.span, f"expected a number, but `{flat(expr)}` is the word `{found}`")
                return None
            return found
        case _:
            plain = isinstance(expr, ast.Text) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", expr.value)
            help = f"numbers have no quotes: write `{plain[0]}`" if plain else None
            fixes = [Fix(expr.span, plain[0], f"write `{plain[0]}`")] if plain else []
            diagnostics.error("SG0207", expr.span, f"expected a number, found {describe(expr)}", help=help, fixes=fixes)
            return None


def whole(expr: ast.Expr, environment: Environment, diagnostics: Diagnostics) -> int | None:
    """The value of `expr` as a whole number, such as the channels `C / 2`; None after an error."""
    value = evaluate(expr, environment, diagnostics)
    if value is None or isinstance(value, int):
        return value
    if value.is_integer() and not _has_unit(expr):
        return int(value)
    used = sorted({node.id for node in _names(expr)})
    where = ", ".join(f"{name} = {environment[name]}" for name in used if name in environment)
    diagnostics.error("SG0212", expr.span, f"expected a whole number, found {value:g}" + (f" for {where}" if where else ""))
    return None


def element(expr: ast.Index, environment: Environment, diagnostics: Diagnostics) -> int | float | str | None:
    """The element of a list, `sizes[0]`: a number or a word; None after an error. The first one is 0."""
    base = expr.base
    if not isinstance(base, ast.Name) or len(expr.items) != 1:
        help = "the elements of a param that is a list are `NAME[0]`, `NAME[1]` and so on"
        diagnostics.error("SG0207", expr.span, f"`{flat(expr)}` is no element of a list", help=help)
        return None
    if base.id not in environment:
        evaluate(base, environment, diagnostics)
        return None
    values, place = environment[base.id], whole(expr.items[0], environment, diagnostics)
    if values is None or place is None:
        return None
    if not isinstance(values, tuple):
        what = "a number" if isinstance(values, int | float) and not isinstance(values, bool) else "no list"
        diagnostics.error("SG0207", expr.span, f"`{base.id}` is {what}, so it has no elements")
        return None
    if not 0 <= place < len(values):
        help = f"its elements are 0 to {len(values) - 1}"
        diagnostics.error("SG0208", expr.items[0].span, f"the list `{base.id}` has no element {place}", help=help)
        return None
    found = values[place]
    assert isinstance(found, int | float | str)
    return found


def _number(value: Value, name: ast.Name, diagnostics: Diagnostics) -> int | float | None:
    """The value of a name, if it is a number; None after an error."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    what = "`true` or `false`" if isinstance(value, bool) else "a list" if isinstance(value, tuple) else f"the word `{value}`"
    diagnostics.error("SG0207", name.span, f"expected a number, but `{name.id}` is {what}")
    return None


def _binary(expr: ast.Binary, environment: Environment, diagnostics: Diagnostics) -> int | float | None:
    left = evaluate(expr.left, environment, diagnostics)
    right = evaluate(expr.right, environment, diagnostics)
    if left is None or right is None:
        return None
    result: int | float
    match expr.operator:
        case "+":
            result = left + right
        case "-":
            result = left - right
        case "*":
            result = left * right
        case _:
            if right == 0:
                diagnostics.error("SG0213", expr.span, "division by zero", labels=[Label(expr.right.span, "this is zero")])
                return None
            exact = isinstance(left, int) and isinstance(right, int) and left % right == 0
            result = left // right if exact else left / right
    if abs(result) > LARGEST:
        diagnostics.error("SG0218", expr.span, "the result is too large", help=f"numbers go up to {LARGEST}")
        return None
    return result


def _names(expr: ast.Expr) -> list[ast.Name]:
    match expr:
        case ast.Name():
            return [expr]
        case ast.Negative(operand):
            return _names(operand)
        case ast.Binary():
            return _names(expr.left) + _names(expr.right)
        case _:
            return []


def _has_unit(expr: ast.Expr) -> bool:
    match expr:
        case ast.Number():
            return expr.unit is not None
        case ast.Negative(operand):
            return _has_unit(operand)
        case ast.Binary():
            return _has_unit(expr.left) or _has_unit(expr.right)
        case _:
            return False
