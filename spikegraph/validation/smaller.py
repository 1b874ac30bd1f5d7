"""The same network on small maps: graphs take sizes from values, and what a pass does wrong shows on few places too."""

from collections.abc import Callable, Iterator

from spikegraph.base.errors import MisfitError, PassError
from spikegraph.ir.graph import Graph, GraphError, Node

LIMITS = (6, 10, 16, 24, 36, 56, 80, 120)
"""Sizes of inputs that are tried, the smallest first."""

FEWEST = 3
"""Places along an axis that a value should have, if it has as many in the whole network: fewer hide what windows do."""


def smallest(graph: Graph, suits: Callable[[Graph], None]) -> Graph:
    """The graph with the smallest inputs on which the network can be built and its values have some places.

    Args:
        graph: What a spec says of a network.
        suits: Builds the network; a GraphError, PassError or MisfitError refuses a size.

    Returns:
        The graph itself if no smaller one suits.
    """
    for small in _smaller(graph):
        try:
            if small is None or not _wide(small, graph):
                continue
            suits(small)
        except (GraphError, PassError, MisfitError):
            continue
        return small
    return graph


def _smaller(graph: Graph) -> Iterator[Graph | None]:
    largest = max((n for node in graph.inputs().values() for n in node.value.size), default=0)
    for limit in LIMITS:
        if limit < largest:
            yield _resized(graph, limit)


def _resized(graph: Graph, limit: int) -> Graph | None:
    """The graph with inputs of at most about this size, odd where they were odd; None if an operation refuses it."""

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        if not node.op.traits.source:
            return out.keep(node, operands)
        size = tuple(n if n <= limit else limit + (n - limit) % 2 for n in node.value.size)
        return out.change(node, operands, node.op.model_copy(update={"size": size}))

    try:
        return graph.rewrite(rule)
    except GraphError:
        return None


def _wide(small: Graph, graph: Graph) -> bool:
    """Whether the values have some places along each axis."""
    pairs = ((node.value.size, graph.node(node.name).value.size) for node in small if node.name in graph)
    return all(a >= min(b, FEWEST) for here, whole in pairs for a, b in zip(here, whole, strict=True))
