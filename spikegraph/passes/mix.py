"""The pass `mix` (Che et al., NeurIPS 2022, Eqs. 8 to 11)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from typing_extensions import override

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.activation import Lif
from spikegraph.ir.ops.composite import Cell, Trellis
from spikegraph.ir.ops.wiring import Gather, Identity, Mix
from spikegraph.ir.types import Kind
from spikegraph.passes.base import Pass


@dataclass(frozen=True)
class MixAt(Pass):
    """Sets where the operations of a cell's node mix: at the spike (Eqs. 8, 9) or at the membrane (Eqs. 10, 11).

    Mixing at the membrane removes the edges' neurons and adds their currents in the node's own neuron. The reverse gives
    each current a copy of the node's neuron, since the edges' former surrogates are lost (section 10.4 sets all b to 3).
    Before `expand-cells` the pass only changes the cells' declaration, which can be reversed exactly.
    """

    name: ClassVar[str] = "mix"
    at: Literal["spike", "membrane"] = "membrane"

    @override
    def apply(self, graph: Graph) -> Graph:
        graph = graph.rewrite(self._declared)
        return remove_edge_neurons(graph, lambda _: True) if self.at == "membrane" else add_edge_neurons(graph)

    def _declared(self, node: Node, operands: tuple[str, ...], out: Graph) -> str:
        """Changes the declaration of unexpanded cells."""
        op = node.op
        if not isinstance(op, Cell | Trellis):
            return out.keep(node, operands)
        op = op.model_copy(update={"cell": op.cell.model_copy(update={"mix": self.at})})
        return out.add(node.name, op, operands, node.span)


def remove_edge_neurons(graph: Graph, where: Callable[[str], bool]) -> Graph:
    """Removes the neurons of the edges into the gathers for which `where(name)` is true."""
    off = {n.name for gather in gathers(graph) if where(gather.name) for n in edge_ends(graph, gather) if isinstance(n.op, Lif)}
    off = {name for name in off if graph.uses(name) == 1 and graph.values(graph.node(name))[0].kind is not Kind.SPIKE}

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        return operands[0] if node.name in off else out.keep(node, operands)

    return graph.rewrite(rule)


def add_edge_neurons(graph: Graph) -> Graph:
    """Adds a copy of the node's neuron to every current that goes into a gather."""
    on: dict[str, Lif] = {}
    for gather in gathers(graph):
        users = [u.op for u in graph.users(gather.name) if isinstance(u.op, Lif)]
        for end in edge_ends(graph, gather):
            if users and end.value.kind is Kind.REAL and not isinstance(end.op, Identity):
                on[end.name] = Lif(neuron=users[0].neuron)

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        name = out.keep(node, operands)
        if node.name not in on:
            return name
        return out.add(f"{node.name.rpartition('.')[0]}.lif", on[node.name], (name,), node.span)

    return graph.rewrite(rule)


def gathers(graph: Graph) -> list[Node]:
    """All sums of afferent edges."""
    return [n for n in graph if isinstance(n.op, Gather)]


def edge_ends(graph: Graph, gather: Node) -> list[Node]:
    """The last operation of each candidate on each edge into `gather`, without skips between equal shapes."""
    ends: list[Node] = []
    for operand in (graph.node(o) for o in gather.operands):
        ends += [graph.node(o) for o in operand.operands] if isinstance(operand.op, Mix) else [operand]
    node = gather.name.removesuffix("sum")
    return [e for e in ends if e.name.startswith(node)]
