"""The pass `mix` (Che et al., NeurIPS 2022, Eqs. 8 to 11)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, count
from typing import ClassVar, Literal

from typing_extensions import override

from spikegraph.ir.choices import Choices
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.opdef import Op
from spikegraph.ir.path import Path
from spikegraph.ir.patterns import neurons
from spikegraph.ir.types import Kind
from spikegraph.passes.base import Pass
from spikegraph.passes.properties import UNJOINED

SPIKES = (Kind.SPIKE, Kind.COUNT)
"""Kinds of values that are no current: a neuron after one isn't what mixing at the membrane takes off."""


@dataclass(frozen=True)
class MixAt(Pass):
    """Sets where the operations of a cell's node mix: at the spike (Eqs. 8, 9) or at the membrane (Eqs. 10, 11).

    Mixing at the membrane removes the edges' neurons and adds their currents in the node's own neuron. The reverse gives
    each current a copy of the node's neuron, since the edges' former surrogates are lost (section 10.4 sets all b to 3).
    Before `expand-cells` the pass only changes the cells' declaration, which can be reversed exactly.
    """

    name: ClassVar[str] = "mix"
    at: Literal["spike", "membrane"] = "membrane"
    requires = (UNJOINED,)

    @override
    def decides(self) -> Choices:
        return Choices(mix=self.at)

    @override
    def apply(self, graph: Graph) -> Graph:
        if any(node.op.cell_spec() is not None for node in graph):
            graph = graph.rewrite(self._declared, lambda node: node.op.cell_spec() is not None)
        if self.at == "spike":
            return add_edge_neurons(graph)
        return remove_edge_neurons(graph)

    def _declared(self, node: Node, operands: tuple[str, ...], out: Graph) -> str:
        """Changes the declaration of unexpanded cells."""
        cell = node.op.cell_spec()
        assert cell is not None
        return out.change(node, operands, node.op.with_cell(cell.model_copy(update={"mix": self.at})))


def remove_edge_neurons(graph: Graph, where: Callable[[Path], bool] = lambda node: True) -> Graph:
    """Removes the neurons of the edges into the cells' nodes that fire; the graph itself without any.

    Args:
        graph: The graph, with its cells expanded.
        where: Whether the neurons into the node with this path are removed.
    """
    firing = (gather for gather, neuron in firing_nodes(graph) if where(neuron.path))
    off = {n.name for gather in firing for n in edge_ends(graph, gather) if neurons(n)}
    off = {name for name in off if graph.uses(name) == 1 and graph.values(graph.node(name))[0].kind not in SPIKES}
    if not off:
        return graph

    return graph.rewrite(lambda node, operands, out: operands[0], lambda node: node.name in off)


def add_edge_neurons(graph: Graph) -> Graph:
    """Adds a copy of the node's neuron to every current that goes into a gather; the graph itself without any."""
    on: dict[str, Op] = {}
    for gather, neuron in firing_nodes(graph):
        for end in edge_ends(graph, gather):
            if end.value.kind is Kind.REAL and not (neurons(end) or end.op.traits.forwards):
                on[end.name] = neuron.op
    if not on:
        return graph

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        name = out.keep(node, operands)
        return out.add(_free(node.path.up(), on[node.name].name, graph), on[node.name], (name,), node.span)

    return graph.rewrite(rule, lambda node: node.name in on)


def _free(candidate: Path, name: str, graph: Graph) -> Path:
    """The path of one more operation of a candidate, numbered as the others where it has such an operation already."""
    numbered = (f"{name}{number}" for number in count(2))
    return next(candidate / label for label in chain((name,), numbered) if str(candidate / label) not in graph)


def firing_nodes(graph: Graph) -> Iterator[tuple[Node, Node]]:
    """The sum of the afferent edges of each cell's node that fires, and the node's own neuron.

    The sum of a node that doesn't fire may go into neurons too, with which candidates of other edges begin.
    """
    for gather in graph:
        if gather.op.traits.sums_edges:
            node = gather.path.up()
            yield from ((gather, user) for user in graph.users(gather.name) if user.path == node and neurons(user))


def edge_ends(graph: Graph, gather: Node) -> list[Node]:
    """The last operation of each candidate on each edge into `gather`, without skips between equal shapes."""
    ends: list[Node] = []
    for operand in (graph.node(o) for o in gather.operands):
        ends += [graph.node(o) for o in operand.operands] if operand.op.choice() is not None else [operand]
    node = gather.path.up()
    return [e for e in ends if e.path.steps[: len(node.steps)] == node.steps]
