"""Finds the operations that a set of values needs, their order, and when each value can be freed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from spikegraph.ir.graph import Graph, Node


@dataclass(frozen=True)
class Step:
    """An operation to run, and the values that can be freed after it."""

    node: Node
    free: tuple[str, ...]


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
            open_ += [operand for operand in graph.node(name).operands if operand not in given]
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
