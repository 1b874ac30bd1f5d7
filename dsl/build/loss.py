"""Losses: `cross_entropy(logits) + 0.4 * cross_entropy(aux)`."""

from collections.abc import Collection
from dataclasses import dataclass

from spikegraph.dsl import ast, spec
from spikegraph.dsl.describe import describe
from spikegraph.dsl.evaluate import evaluate
from spikegraph.dsl.nearest import did_you_mean, listed
from spikegraph.dsl.schema.calls import bind
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.losses import LOSSES


@dataclass(frozen=True)
class LossReading:
    """The terms of a loss, and the expression that writes them with every option."""

    terms: tuple[spec.Loss, ...]
    expr: ast.Expr


def read_loss(expr: ast.Expr, wires: Collection[str] | None, scope: Scope) -> LossReading | None:
    """Read a sum of losses; `wires` are the names that a loss may judge, None where they aren't known."""
    terms: list[spec.Loss] = []
    written: list[ast.Expr] = []
    sound = True
    for term in _terms(expr):
        read = _term(term, wires, scope)
        if read is None:
            sound = False
        else:
            terms.append(read[0])
            written.append(read[1])
    if not sound:
        return None
    full = written[0]
    for right in written[1:]:
        full = ast.Binary("+", full, right, expr.span)
    return LossReading(tuple(terms), full)


def _terms(expr: ast.Expr) -> list[ast.Expr]:
    if isinstance(expr, ast.Binary) and expr.operator == "+":
        return [*_terms(expr.left), *_terms(expr.right)]
    return [expr]


def _term(expr: ast.Expr, wires: Collection[str] | None, scope: Scope) -> tuple[spec.Loss, ast.Expr] | None:
    weight = 1.0
    call = expr
    if isinstance(expr, ast.Binary) and expr.operator == "*":
        value = evaluate(expr.left, {}, scope.diagnostics)
        if value is None:
            return None
        if value < 0:
            scope.diagnostics.error("SG0208", expr.left.span, f"{value:g} is out of range", help="a weight is at least 0")
            return None
        weight, call = float(value), expr.right
    function = call.function if isinstance(call, ast.Call) else call
    if not isinstance(function, ast.Name):
        scope.diagnostics.error(
            "SG0224",
            call.span,
            f"expected a loss, found {describe(call)}",
            help="a loss is a sum of `[weight *] name(output)`",
        )
        return None
    signature = LOSSES.get(function.id)
    if signature is None:
        scope.diagnostics.error(
            "SG0209",
            function.span,
            f"`{function.id}` is not a loss",
            help=did_you_mean(function.id, LOSSES) or f"known are {listed(LOSSES)}",
        )
        return None
    bound = bind(signature, function, call.arguments if isinstance(call, ast.Call) else (), scope)
    if bound is None:
        return None
    of = bound.pop("of")
    if of.value is not None and wires is not None and of.value not in wires:
        scope.diagnostics.error(
            "SG0202",
            of.expr.span,
            f"the network has no output or wire `{of.value}`",
            help=did_you_mean(str(of.value), wires) or f"it has {listed(wires)}",
        )
        return None
    options = {name: reading.value for name, reading in bound.items()}
    loss = spec.Loss(weight, function.id, None if of.value is None else str(of.value), options, call.span)
    arguments = [ast.Argument(name, reading.expr, reading.expr.span) for name, reading in bound.items()]
    if of.value is not None:
        arguments.insert(0, ast.Argument(None, of.expr, of.expr.span))
    full: ast.Expr = ast.Call(function, tuple(arguments), call.span)
    if call is not expr and isinstance(expr, ast.Binary):
        full = ast.Binary("*", expr.left, full, expr.span)
    return loss, full
