"""Branches of a choice on a wire that are the same operation."""

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.opdef import Op

Form = list[tuple[Op, tuple[int | str, ...]]]
"""The operations of a branch, each with its operands: numbers of operations before it, or names of values outside."""


def equal_branches(graph: Graph, choice: Node) -> list[tuple[str, ...]]:
    """The groups of branches that are the same operations on the same values.

    Args:
        graph: A graph at stage `space`.
        choice: A node that `searched` describes and that is no cell: its operands are its branches.
    """
    cell = choice.op.searched()
    assert cell is not None
    needed = [graph.ancestors([end]) for end in choice.operands]
    common = set[str].intersection(*needed)
    groups: list[tuple[Form, list[str]]] = []
    for candidate, end, of in zip(cell.candidates, choice.operands, needed, strict=True):
        form = _form(graph, of - common, end)
        held = next((names for other, names in groups if other == form), None)
        if held is None:
            groups.append((form, [candidate.name]))
        else:
            held.append(candidate.name)
    return [tuple(names) for _, names in groups if len(names) > 1]


def _form(graph: Graph, inside: set[str], end: str) -> Form:
    nodes = [node for node in graph if node.name in inside]
    numbers = {node.name: number for number, node in enumerate(nodes)}
    form: Form = [(node.op, tuple(numbers.get(o, o) for o in node.operands)) for node in nodes]
    return form or [(graph.node(end).op, (end,))]
