"""Which layers of two networks differ, so that a network is drawn once for all runs that have it."""

from collections.abc import Mapping, Sequence

from spikegraph.backends.report.html_table import Cell, table
from spikegraph.charts.markup import Html, el, join
from spikegraph.ir.graph import Graph, Node
from spikegraph.program.phases import Built

MOST = 200
"""Most layers in a table."""


def same_network(a: Built, b: Built) -> bool:
    """True if two runs have one network: the same operations with the same parameters, operands and names."""
    return a.phase == b.phase and _operations(a.plain) == _operations(b.plain)


def _operations(graph: Graph) -> Sequence[object]:
    return [(node.name, node.op, node.operands) for node in graph]


def differences(first: str, a: Graph, label: str, b: Graph) -> Html:
    """The operations that two networks don't share, as a table.

    Args:
        first: The label of the run with the first network.
        a: The first network.
        label: The label of the other run.
        b: Its network.
    """
    one, other = _nodes(a), _nodes(b)
    names = [name for name in dict.fromkeys([*one, *other]) if _key(one.get(name)) != _key(other.get(name))]
    rows: list[list[Cell]] = [[name, _told(one.get(name)), _told(other.get(name))] for name in names[:MOST]]
    text = f"{len(names):,} of {len({*one, *other}):,} operations differ from the network of {first}."
    more = el("p", f"The first {MOST} of them:", class_="note") if len(names) > MOST else None
    return join(el("p", text), more, table(["operation", first, label], rows, label=f"what differs in {label}"))


def _nodes(graph: Graph) -> Mapping[str, Node]:
    return {node.name: node for node in graph}


def _key(node: Node | None) -> object:
    return None if node is None else (node.op, node.operands, node.value)


def _told(node: Node | None) -> str | None:
    """An operation, its shape and what it takes."""
    if node is None:
        return None
    described = node.op.describe(node.value, node.notes)
    taken = f" of {', '.join(node.operands)}" if node.operands else ""
    return f"{described}{taken}: {' × '.join(map(str, node.value.shape))}"
