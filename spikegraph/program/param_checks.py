"""Checks a network with every value of each param that the search decides."""

from collections.abc import Mapping

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.param_values import literal, written
from spikegraph.dsl.resolve import Resolved
from spikegraph.dsl.spec import Search
from spikegraph.elaborate.build import Elaborated
from spikegraph.ir.architecture import cells_of
from spikegraph.program.elaborated import Use, space, uses


def check_params(resolved: Resolved, spaces: Mapping[Use, Elaborated | None]) -> None:
    """Adds an error for each value with which the network has other choices than the first, or can't be retrained.

    Args:
        resolved: A sound spec.
        spaces: The graphs of what it says, by the uses of its network.
    """
    search = resolved.spec.search
    if search is None:
        return
    for use in uses(resolved.spec, "search"):
        first = spaces[use]
        for name, values in search.choices.items():
            for value in values[1:]:
                other = space(resolved, use, {name: literal(value, search.bindings[name].span)})
                if first is not None and other is not None and cells_of(other.graph) != cells_of(first.graph):
                    summary = (
                        f"`{name} = {written(value)}` has other choices than `{name} = {written(values[0])}`, "
                        "so one search can't decide both"
                    )
                    help = "let the param change nothing that is searched; `choose(skip = identity, ...)` decides a depth too"
                    resolved.diagnostics.error("SG0216", search.span, summary, help=help)
    if not resolved.diagnostics.has_errors:
        _check_retraining(resolved, search)


def _check_retraining(resolved: Resolved, search: Search) -> None:
    """Adds an error for each value with which what the retraining says, such as a place of `dgs`, doesn't fit the network."""
    for use in (use for use in uses(resolved.spec, "retrain") if use.kind == "retrain"):
        for name, values in search.choices.items():
            for value in values:
                found = Diagnostics()
                bound = {name: literal(value, search.bindings[name].span)}
                space(Resolved(resolved.spec, resolved.file, found, resolved.broken), use, bound)
                for wrong in (d for d in found if d.severity == "error"):
                    summary = f"with `{name} = {written(value)}`, which the search may choose, {wrong.summary}"
                    resolved.diagnostics.error(wrong.code, wrong.span, summary, help=wrong.help)
