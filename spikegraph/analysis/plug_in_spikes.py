"""Whether the spikes and counts of plug-ins are whole numbers: they are run, where they can be."""

from collections.abc import Iterator

from spikegraph.analysis.flow import is_trusted
from spikegraph.analysis.places import Place
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.opdef import Op
from spikegraph.ir.types import Kind
from spikegraph.plugins.targets import wrong_number


def places_without_spikes(graph: Graph) -> Iterator[Place]:
    """The places where an operation or neuron model of a plug-in gives other numbers than the spikes or counts of its type.

    Each is run alone, on random inputs; the first of each operation or model is the place. What can't be run, since it has no
    kernel or no equations, is left out.
    """
    run, wrong = list[Op](), set[str]()
    for node in graph:
        what = f"the operation `{node.op.name}`" if is_trusted(node) else _model(node)
        if what is None or what in wrong or node.value.kind is Kind.REAL or node.op in run:
            continue
        run.append(node.op)
        found = wrong_number(node, graph.time)
        if found is not None:
            wrong.add(what)
            yield _place(node, what, found)


def _model(node: Node) -> str | None:
    """The neuron model of a plug-in that neurons have; None of others."""
    return f"the neuron model `{node.op.model}`" if node.op.traits.neurons and node.op.update() is None else None


def _place(node: Node, what: str, found: float) -> Place:
    help = "correct its kernel, or let its type rule say `real`"
    if not is_trusted(node):
        help = "correct its equations: `n.spikes(u, threshold)` gives whole numbers"
    least = -1 if node.value.kind is Kind.EVENTS else 0
    summary = f"`{node.weights}` gives {found:g}, no whole number from {least} to {node.value.bound}: {what} of a plug-in"
    return Place("SG1001", node.name, node.span, summary, help)
