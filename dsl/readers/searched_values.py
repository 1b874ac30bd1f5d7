"""Values of params among which a search decides: `search net(W = any(8, 16)) on data`."""

from collections.abc import Sequence
from dataclasses import replace

from spikegraph.dsl import ast, spec
from spikegraph.dsl.layout import flat
from spikegraph.dsl.param_values import TRUTH, kind_of, param_value
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.methods import METHODS
from spikegraph.dsl.values import Value

Choices = dict[str, tuple[Value, ...]]

_LONGEST = 100
"""Characters of a word that a genotype states."""


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
        values = [param_value(a.value, {}, scope.diagnostics) for a in value.arguments if a.name is None]
        known = [v for v in values if v is not None]
        if len(known) < len(values):
            sound = False
        elif len(known) != len(value.arguments) or not _choosable(known):
            sort = "numbers" if all(kind_of(v) == "number" for v in known) else "numbers and words, or `true` and `false`"
            summary = f"`{flat(value)}` is not a choice among {sort}"
            help = "write at least two different ones, such as `any(8, 16)`"
            scope.diagnostics.error("SG0216", value.span, summary, help=help)
            sound = False
        else:
            found[argument.name] = tuple(known)
            bindings.append(replace(argument, value=value.arguments[0].value))
    return replace(node, bindings=tuple(bindings)), found if sound else None


def _choosable(values: Sequence[Value]) -> bool:
    """Whether a genotype can state each of some values, and they differ."""
    truths = sum(isinstance(value, bool) for value in values)
    stated = all(value >= 0 if isinstance(value, int | float) else _stated(value) for value in values)
    return stated and truths in (0, len(values)) and len(set(values)) == len(values) >= 2


def _stated(value: Value) -> bool:
    """Whether a genotype can state a value that is no number: a word, without quotes."""
    return isinstance(value, str) and value.isidentifier() and value not in TRUTH and len(value) <= _LONGEST


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
