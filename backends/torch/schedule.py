"""Which operations a request needs, in order, and when each value can be let go."""

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx

from spikegraph.ir.graph import Graph, Node


@dataclass(frozen=True)
class Step:
    """An operation to run, and the values that nothing needs after it."""

    node: Node
    free: tuple[str, ...]


def schedule(graph: Graph, wanted: Sequence[str]) -> tuple[Step, ...]:
    """The steps that give the nodes `wanted`.

    Raises:
        KeyError: A wanted node isn't in the graph.
    """
    g = graph.networkx()
    needed = set(wanted)
    for name in wanted:
        graph.node(name)
        needed |= nx.ancestors(g, name)
    order = [node for node in graph if node.name in needed]
    last: dict[str, int] = {}
    for i, node in enumerate(order):
        for operand in node.operands:
            last[operand] = i
    free: list[list[str]] = [[] for _ in order]
    for name, i in last.items():
        if name not in wanted:
            free[i].append(name)
    return tuple(Step(node, tuple(f)) for node, f in zip(order, free, strict=True))
