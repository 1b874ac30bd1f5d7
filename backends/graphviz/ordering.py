"""Directed graphs as nodes with their successors: what a node leads to, cycles, an order."""

from collections.abc import Callable, Collection, Hashable, Mapping
from heapq import heappop, heappush
from typing import TypeVar

N = TypeVar("N", bound=Hashable)


def reached(graph: Mapping[N, Collection[N]], node: N) -> set[N]:
    """The nodes that a path of at least one edge leads to from a node; with itself if it is on a cycle."""
    found, open_ = set[N](), [node]
    while open_:
        new = set(graph[open_.pop()]) - found
        found |= new
        open_ += new
    return found


def on_cycles(graph: Mapping[N, Collection[N]]) -> set[N]:
    """The nodes from which a path leads back to them."""
    ordered = set(in_order(graph, lambda _: 0))
    return {node for node in graph if node not in ordered and node in reached(graph, node)}


def in_order(graph: Mapping[N, Collection[N]], key: Callable[[N], int]) -> list[N]:
    """The nodes, each behind those that lead to it, otherwise by their key; without those on cycles and behind them."""
    nodes = list(graph)
    number = {node: i for i, node in enumerate(nodes)}
    waits = dict.fromkeys(nodes, 0)
    for node in nodes:
        for target in graph[node]:
            waits[target] += 1
    heap: list[tuple[int, int]] = []
    for node in nodes:
        if not waits[node]:
            heappush(heap, (key(node), number[node]))
    found: list[N] = []
    while heap:
        node = nodes[heappop(heap)[1]]
        found.append(node)
        for target in graph[node]:
            waits[target] -= 1
            if not waits[target]:
                heappush(heap, (key(target), number[target]))
    return found
