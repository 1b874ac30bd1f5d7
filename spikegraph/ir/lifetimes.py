"""Finds the operations that a set of values needs, their order, and when each value can be freed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.loops import components, is_loop


@dataclass(frozen=True)
class Step:
    """An operation to run, or those of a loop, and the values that can be freed after it.

    Attributes:
        nodes: The operation; of a loop all operations, in an executable order.
        free: The values of other steps, and of this one, that nothing needs any more.
        loop: True if the operations depend on their results of earlier time steps, so that they run one step at a time.
    """

    nodes: tuple[Node, ...]
    free: tuple[str, ...]
    loop: bool = False


def schedule(graph: Graph, wanted: Sequence[str], given: Collection[str] = ()) -> tuple[Step, ...]:
    """The steps that compute the nodes `wanted` if the values of `given` are known.

    Raises:
        KeyError: A wanted node isn't in the graph.
    """
    needed: set[str] = set()
    open_ = [name for name in wanted if name not in given]
    while open_:
        name = open_.pop()
        if name not in needed:
            needed.add(name)
            open_ += [source for source in graph.sources(name) if source not in given]
    names = components(graph, given) if graph.carried else [[node.name] for node in graph]
    order = [group for group in names if needed.issuperset(group)]
    last: dict[str, int] = {}
    for i, group in enumerate(order):
        last |= {source: i for name in group for source in graph.sources(name)}
    free: list[list[str]] = [[] for _ in order]
    for name, i in last.items():
        if name not in wanted:
            free[i].append(name)
    made = zip(order, free, strict=True)
    return tuple(Step(tuple(map(graph.node, group)), tuple(f), is_loop(graph, group)) for group, f in made)
