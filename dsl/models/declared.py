"""The numbers and options that a model declares."""

import math
from collections.abc import Iterator
from typing import Literal

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.evaluate import evaluate
from spikegraph.equations.interval import Interval
from spikegraph.equations.model import Matrix, Option, Quantity

_OWN = {"decay": Interval(0, 1), "threshold": Interval(0, math.inf, open_low=True)}
"""The numbers that every neuron can have, with the ranges that their keys have."""


def quantity_of(node: ast.Quantity, diagnostics: Diagnostics) -> Quantity | None:
    """The number of `number NAME = VALUE in RANGE`; None if it is wrong."""
    ends = _ends(node.interval)
    for each in (node.value, *ends):
        if isinstance(each, ast.Name) and each.id.lower() in ("infinity", "inf", "oo"):
            help = "write a number" if each is node.value else "write `inf`"
            return _refuse(each, f"`{each.id}` is no number", help, diagnostics)
    if isinstance(node.value, ast.Call) and node.value.function.id == "learn":
        help = f"write `number {node.name.id} = VALUE in (LOW, HIGH) learned`"
        return _refuse(node.value, "`learned` stands behind the range", help, diagnostics)
    timed = next((e for each in (node.value, *ends) for e in _numbers(each) if e.unit is not None), None)
    if timed is not None:
        help = f"a model counts time in steps: leave `{timed.unit}` out"
        return _refuse(timed, "a number of a model has no unit", help, diagnostics)
    value, low, high = (evaluate(e, {}, diagnostics) for e in (node.value, *ends))
    if value is None or low is None or high is None:
        return None
    interval = node.interval
    found = Interval(float(low), float(high), interval.open_low, interval.open_high)
    if not low < high:
        help = f"write `{Interval(found.high, found.low, found.open_low, found.open_high)}`" if high < low else "give another"
        return _refuse(node.interval, f"the range {found} is empty", help, diagnostics)
    if any(math.isinf(e) and not o for e, o in ((low, interval.open_low), (high, interval.open_high))):
        return _refuse(node.interval, "an infinite end isn't part of the range", f"write `{found}`", diagnostics)
    if value not in found:
        return _refuse(node.value, f"{value:g} is not in {found}", "give another value or another range", diagnostics)
    own = _OWN.get(node.name.id)
    if own is not None and not (
        own.low <= found.low and found.high <= own.high and (found.low > 0 or found.open_low or not own.open_low)
    ):
        help = "use a part of that range, or another name"
        return _refuse(node.interval, f"the key `{node.name.id}` of a neuron lies in {own}", help, diagnostics)
    learned: Literal["layer", "channel", "step"] | None = None
    if node.learned is not None:
        match node.learned.id:
            case "layer" | "channel" | "step" as word:
                learned = word
            case word:
                near = did_you_mean(word, ("layer", "channel", "step"))
                help = near or "a number is learned `per layer`, `per channel` or, in a model over time, `per step`"
                return _refuse(node.learned, f"a number isn't learned per `{word}`", help, diagnostics)
        if value in (found.low, found.high):
            return _refuse(
                node.value, f"a learned number can't begin at {value:g}, the end of its range", "give another", diagnostics
            )
        if any(math.isfinite(e) and not o for e, o in ((low, interval.open_low), (high, interval.open_high))):
            opened = Interval(found.low, found.high, True, True)
            return _refuse(interval, "a learned number never reaches an end of its range", f"write `{opened}`", diagnostics)
    return Quantity(node.name.id, float(value), found, learned)


def _ends(interval: ast.Interval) -> tuple[ast.Expr, ast.Expr]:
    """Its ends, with `inf` as a number."""
    return _with_infinity(interval.low), _with_infinity(interval.high)


def _numbers(expr: ast.Expr) -> Iterator[ast.Number]:
    match expr:
        case ast.Number():
            yield expr
        case ast.Negative(operand):
            yield from _numbers(operand)
        case ast.Binary(_, left, right):
            yield from _numbers(left)
            yield from _numbers(right)
        case _:
            pass


def _with_infinity(expr: ast.Expr) -> ast.Expr:
    match expr:
        case ast.Name("inf", span):
            return ast.Number(math.inf, None, span)
        case ast.Negative(ast.Name("inf", span)):
            return ast.Number(-math.inf, None, span)
        case _:
            return expr


def matrix_of(node: ast.Weights, diagnostics: Diagnostics) -> Matrix:
    """The weights of `weights NAME[time, time] = VALUE`."""
    if isinstance(node.value, ast.Name) and node.value.id == "identity":
        return Matrix(node.name.id, 0.0, identity=True)
    value = evaluate(node.value, {}, diagnostics)
    return Matrix(node.name.id, float(value or 0))


def option_of(node: ast.Option, diagnostics: Diagnostics) -> Option | None:
    """The option of `option NAME = WORD of WORD | WORD`; None if it is wrong."""
    words = tuple(word.id for word in node.words)
    twice = next((word for word in node.words if words.count(word.id) > 1), None)
    if twice is not None:
        return _refuse(twice, f"`{twice.id}` is given twice", "name each word once", diagnostics)
    if len(words) < 2:
        return _refuse(node.words[0], "an option has at least two words", f"write `of {node.words[0].id} | other`", diagnostics)
    if node.value.id not in words:
        help = did_you_mean(node.value.id, words) or f"they are {listed(words, last='and')}"
        return _refuse(node.value, f"`{node.value.id}` is not among the words", help, diagnostics)
    return Option(node.name.id, node.value.id, words)


def _refuse(place: ast.Expr | ast.Interval, summary: str, help: str, diagnostics: Diagnostics) -> None:
    diagnostics.error("SG1211", place.span, summary, help=help)
