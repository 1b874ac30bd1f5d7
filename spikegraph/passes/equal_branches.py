"""Branches of choices on wires that are the same operation."""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.opdef import Op

Form = list[tuple[Op, tuple[int | str, ...]]]
"""The operations of a branch, each with its operands: numbers of operations before it, or names of values outside."""


def equal_branches(graph: Graph, choices: Iterable[Node]) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """The groups of branches that are the same operations on the same values, each after its choice.

    Args:
        graph: A graph at stage `space`.
        choices: Nodes that `searched` describes and that are no cells: their operands are their branches.
    """
    places = {node.name: place for place, node in enumerate(graph)}
    for choice in choices:
        cell = choice.op.searched()
        assert cell is not None
        inside = _inside(graph, choice.operands, places)
        groups: list[tuple[Form, list[str]]] = []
        for candidate, end, names in zip(cell.candidates, choice.operands, inside, strict=True):
            form = _form(graph, names, end)
            held = next((equal for other, equal in groups if other == form), None)
            if held is None:
                groups.append((form, [candidate.name]))
            else:
                held.append(candidate.name)
        yield from ((choice, tuple(names)) for _, names in groups if len(names) > 1)


def _inside(graph: Graph, ends: tuple[str, ...], places: dict[str, int]) -> list[list[str]]:
    """What each branch depends on and not all of them do, in the graph's order.

    From the ends back, the last node first, so that what lies before all branches is never visited.
    """
    every = (1 << len(ends)) - 1
    needed: dict[str, int] = {}  # the branches that depend on a node, as bits
    open_: list[tuple[int, str]] = []

    def reach(name: str, branches: int) -> None:
        known = needed.get(name, 0)
        if branches | known != known:
            needed[name] = branches | known
            heappush(open_, (-places[name], name))

    for number, end in enumerate(ends):
        reach(end, 1 << number)
    while open_:
        _, name = heappop(open_)
        for source in graph.sources(name):
            if needed[name] != every or source in needed:
                reach(source, needed[name])
    found = sorted((name for name, branches in needed.items() if branches != every), key=places.__getitem__)
    return [[name for name in found if needed[name] >> number & 1] for number in range(len(ends))]


def _form(graph: Graph, inside: list[str], end: str) -> Form:
    numbers = {name: number for number, name in enumerate(inside)}
    nodes = map(graph.node, inside)
    form: Form = [(node.op, tuple(numbers.get(o, o) for o in node.operands)) for node in nodes]
    return form or [(graph.node(end).op, (end,))]
