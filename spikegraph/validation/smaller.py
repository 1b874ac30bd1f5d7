"""The same network on small maps: graphs take sizes from values, and what a pass does wrong shows on few places too."""

from collections.abc import Callable, Mapping
from math import prod

from spikegraph.base.errors import InputError, MisfitError, PassError
from spikegraph.ir.graph import Graph, GraphError, Node
from spikegraph.ir.loops import carried_sizes

LIMITS = (6, 10, 16, 24, 36, 56, 80, 120)
"""Sizes of inputs that are tried, the smallest first."""

FEWEST = 3
"""Places along an axis that a value should have, if it has as many in the whole network: fewer hide what windows do."""

MOST_NUMBERS = 2**24
"""Numbers of all values of a network above which it is large: 12 frames of it are 1.5 GiB in float64."""


def smallest(graph: Graph, suits: Callable[[Graph], None]) -> Graph:
    """The graph with the smallest inputs on which the network can be built and its values have some places.

    Args:
        graph: What a spec says of a network.
        suits: Builds the network; a GraphError, PassError or MisfitError refuses a size.

    Returns:
        The graph itself if no smaller one suits. If all that suit have values with fewer places, such as the means of wide
        windows, and the graph is large, the largest one that isn't.
    """
    found, large = graph, numbers(graph) > MOST_NUMBERS
    sizes = {name: node.value.size for name, node in graph.inputs().items()}
    for limit in LIMITS:
        less = {name: tuple(n if n <= limit else limit + (n - limit) % 2 for n in size) for name, size in sizes.items()}
        try:
            small = graph if less == sizes else with_sizes(graph, less)
            wide = _wide(small, graph)
            if small is graph or not (wide or (large and numbers(small) <= MOST_NUMBERS)):
                continue
            suits(small)
        except (GraphError, InputError, PassError, MisfitError):
            continue
        if wide:
            return small
        found = small
    return found


def numbers(graph: Graph) -> int:
    """The numbers of all values at one time step of one sample."""
    return sum(node.value.channels * prod(node.value.size) for node in graph)


def with_sizes(graph: Graph, sizes: Mapping[str, tuple[int, ...]]) -> Graph:
    """A graph with inputs of other sizes, by name.

    Raises:
        GraphError, InputError: An operation refuses the size that its operands have then.
    """
    carried = carried_sizes(graph, sizes)

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        if node.op.traits.source:
            return out.change(node, operands, node.op.model_copy(update={"size": sizes[node.name]}))
        op = node.op.carrying(node.value.with_(size=carried[node.name])) if node.name in carried else None
        return out.keep(node, operands) if op is None else out.change(node, operands, op)

    return graph.rewrite(rule)


def _wide(small: Graph, graph: Graph) -> bool:
    """Whether the values have some places along each axis."""
    pairs = ((node.value.size, graph.node(node.name).value.size) for node in small if node.name in graph)
    return all(a >= min(b, FEWEST) for here, whole in pairs for a, b in zip(here, whole, strict=True))
