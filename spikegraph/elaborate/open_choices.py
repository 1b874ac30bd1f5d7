"""What a search decides in a network: whether there is something, and whether a supernet can learn it."""

from collections.abc import Collection

from spikegraph.base.nearest import listed
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.schema.methods import METHODS
from spikegraph.dsl.spec import Search
from spikegraph.ir.graph import Graph


def check_choices(search: Search, graph: Graph, diagnostics: Diagnostics) -> None:
    """Adds an error (SG0904) if there is no choice, or one that a supernet can't learn since nothing depends on it.

    Args:
        search: The search that will run.
        graph: The searched network at stage `space`; what the search's loss uses is among its taps.
        diagnostics: Gets the error.
    """
    if not choices_of(graph) and not search.choices:
        summary = f"`{search.network}` has nothing to search: no cell, trellis or `choose`, and no param"
        help = "remove the `search`, or give the network a choice, such as `choose(skip = identity, c3 = conv(3, out = 8))`"
        diagnostics.error("SG0904", search.span, summary, help=help)
        return
    lost = without_effect(graph) if METHODS[search.method.name].supernet else []
    if lost:
        names = listed(lost, last="and")
        ends = f"no output of `{search.network}` and no loss of its search"
        summary = f"{ends} depends on {names}, so nothing can be learned there"
        help = f"use what {names} give{'s' if len(lost) == 1 else ''} in an output or a loss, or remove it"
        diagnostics.error("SG0904", search.span, summary, help=help)


def choices_of(graph: Graph, among: Collection[str] | None = None) -> dict[str, None]:
    """The cells, trellises and choices on wires with architecture parameters, of all nodes or some."""
    nodes = [node for node in graph if among is None or node.name in among]
    return {name.rpartition(".")[0]: None for node in nodes for name in node.op.architecture(*node.operand_values)}


def without_effect(graph: Graph) -> list[str]:
    """The cells, trellises and choices on wires on which no output and no loss depends."""
    reached = choices_of(graph, graph.ancestors((*graph.outputs.values(), *graph.taps.values())))
    return [name for name in choices_of(graph) if name not in reached]
