"""Values of params among which a search decides: `search net(W = any(8, 16)) on data`."""

from dataclasses import replace

from spikegraph.dsl import ast, spec
from spikegraph.dsl.evaluate import evaluate
from spikegraph.dsl.printer import print_expression
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.methods import METHODS

Choices = dict[str, tuple[int | float, ...]]


def searched_values(node: ast.Run, scope: Scope) -> tuple[ast.Run, Choices | None]:
    """The run with the first value of each `any(...)` in its place, and the values; None after an error."""
    found: Choices = {}
    bindings: list[ast.Argument] = []
    sound = True
    for argument in node.bindings:
        value = argument.value
        if argument.name is None or not isinstance(value, ast.Call) or value.function.id != "any":
            bindings.append(argument)
            continue
        values = [evaluate(a.value, {}, scope.diagnostics) for a in value.arguments if a.name is None]
        known = [v for v in values if v is not None]
        if len(known) < len(values):
            sound = False
        elif len(known) != len(value.arguments) or len(set(known)) < 2 or len(set(known)) < len(known) or min(known) < 0:
            summary = f"`{print_expression(value)}` is not a choice among numbers"
            help = "write at least two different ones, such as `any(8, 16)`"
            scope.diagnostics.error("SG0216", value.span, summary, help=help)
            sound = False
        else:
            found[argument.name] = tuple(known)
            bindings.append(replace(argument, value=value.arguments[0].value))
    return replace(node, bindings=tuple(bindings)), found if sound else None


def may_search(search: spec.Search, node: ast.Run, retrain: ast.Run | None, scope: Scope) -> bool:
    """Whether the method can search params, and no retraining binds them."""
    before = scope.diagnostics.reports
    if not search.choices:
        return True
    if METHODS[search.method.name].supernet:
        name = next(iter(search.choices))
        summary = f"`{search.method.name}` trains one supernet, so it can't decide the param `{name}`"
        help = "use a method that trains candidates, such as `evolution(50)`, or `choose` among branches"
        scope.diagnostics.error("SG0216", node.span, summary, help=help)
    for argument in () if retrain is None else retrain.bindings:
        if argument.name in search.choices:
            summary = f"`retrain` binds `{argument.name}`, which the search decides"
            scope.diagnostics.error("SG0216", argument.span, summary, help="leave it out of one of them")
    return scope.diagnostics.reports == before
