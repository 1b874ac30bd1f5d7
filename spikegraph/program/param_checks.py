"""Checks a network with every value of each param that the search decides."""

from collections.abc import Mapping

from spikegraph.dsl.param_values import literal, written
from spikegraph.dsl.resolve import Resolved
from spikegraph.ir.architecture import cells_of
from spikegraph.ir.graph import Graph
from spikegraph.program import phases
from spikegraph.program.phases import Use


def check_params(resolved: Resolved, spaces: Mapping[Use, Graph | None]) -> None:
    """Adds an error for each value with which the network has other choices than with the first one.

    Args:
        resolved: A sound spec.
        spaces: The graphs of what it says, by the uses of its network.
    """
    search = resolved.spec.search
    if search is None:
        return
    for use in phases.uses(resolved.spec, "search"):
        first = spaces[use]
        for name, values in search.choices.items():
            for value in values[1:]:
                graph = phases.space(resolved, use, {name: literal(value, search.bindings[name].span)})
                if first is not None and graph is not None and cells_of(graph) != cells_of(first):
                    summary = (
                        f"`{name} = {written(value)}` has other choices than `{name} = {written(values[0])}`, "
                        "so one search can't decide both"
                    )
                    help = "let the param change nothing that is searched; `choose(skip = identity, ...)` decides a depth too"
                    resolved.diagnostics.error("SG0216", search.span, summary, help=help)
