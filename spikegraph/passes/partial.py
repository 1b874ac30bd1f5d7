"""The pass `partial` (partial channel connections: Xu et al., PC-DARTS, ICLR 2020, Eq. 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from spikegraph.base.errors import PassError
from spikegraph.ir.graph import Graph, GraphError, Node
from spikegraph.ir.opdef import Op
from spikegraph.ir.ops.wiring import Concat, Every
from spikegraph.ir.path import Path
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.passes.base import Pass
from spikegraph.passes.expand_cells import CandidateError
from spikegraph.passes.properties import UNJOINED, expanded

IN_AN_EDGE = 2
"""The largest number of steps of a candidate's operation behind those of its edge: the candidate's name and the operation's."""


@dataclass(frozen=True)
class Partial(Pass):
    """Lets only every k-th channel of an open edge's source go through its candidates, which makes a search cheaper.

    On an edge between equal shapes the other channels bypass the candidates, whose results have every k-th channel too. The
    channels behind an edge are in another order than before it, so that the next edge takes others.

    On an edge between unequal shapes nothing can bypass: there the candidates are what fits one shape to the other. They
    take every k-th channel, of each node of the cell before, and give all channels; where one of them can't, such as a
    pooling, all channels go through the candidates.
    """

    name: ClassVar[str] = "partial"
    keeps: ClassVar[bool] = False
    requires = (UNJOINED, expanded("expand-cells"))
    k: int = 4

    def __post_init__(self) -> None:
        if self.k < 2:
            raise PassError(
                f"`k` of pass `partial` must be at least 2, not {self.k}", "`k=4` takes every fourth channel", "SG0602"
            )

    @override
    def apply(self, graph: Graph) -> Graph:
        wire = next((n for n in graph if n.op.searched() is not None and n.op.cell_spec() is None), None)
        if wire is not None:
            summary = f"`{wire.name}` is a choice on a wire, of whose value `partial` can't take a part"
            raise PassError(summary, "write `method = darts`, or search edges of cells only")
        edges = {node.path: node for node in graph if node.op.choice() is not None}
        inside = {node.name: edge for node in graph if (edge := _edge_of(node, edges)) is not None}
        whole = {edge.name for edge in edges.values() if not (self._equal(edge, graph, inside) or _widen(edge, graph, inside))}
        edges = {path: edge for path, edge in edges.items() if edge.name not in whole}
        inside = {name: edge for name, edge in inside.items() if edge.name not in whole}
        parts: dict[str, str] = {}

        def part(edge: Node, source: str, start: int, out: Graph) -> str:
            """One of the k parts of an edge's source; the edges from one source share it."""
            label = "part" if start == 0 else "bypass"
            path = edge.path.up(2) / label / edge.path.label
            path = path if start == 0 else path / str(start)
            if str(path) not in parts:
                parts[str(path)] = out.add(path, Every(start=start, step=self.k), (source,), edge.span)
            return parts[str(path)]

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            edge = inside.get(node.name)
            if edge is not None:
                pairs = zip(node.operands, operands, strict=True)
                mine = tuple(new if old in inside else part(edge, new, 0, out) for old, new in pairs)
                try:
                    return out.change(node, mine, self._narrowed(node.op, edge, graph, inside))
                except GraphError as error:
                    raise self._unfit(error, edge, node) from error
            name = out.keep(node, operands)
            if node.path not in edges or not self._equal(node, graph, inside):
                return name
            source = out.node(parts[str(node.path.up(2) / "part" / node.path.label)]).operands[0]
            others = range(1, min(self.k, node.value.channels))
            bypass = tuple(part(node, source, start, out) for start in others)
            return out.add(node.path.up() / "whole" / node.path.label, Concat(), (name, *bypass), node.span)

        return graph.rewrite(rule)

    def _unfit(self, error: GraphError, edge: Node, node: Node) -> GraphError:
        """The error of a candidate that can't work on a part of the channels, such as one whose groups don't divide it."""
        choice = edge.op.choice()
        assert choice is not None
        summary = f"{error.cause.summary}: `partial` searches one in {self.k} channels"
        cause = TypeRuleError(summary, f"{error.cause.help}, or write `method = darts`", error.cause.code)
        candidate = node.path.steps[len(edge.path.steps)].label
        return CandidateError(cause, error.name, error.span, choice.cell, candidate)

    def _narrowed(self, op: Op, edge: Node, graph: Graph, inside: Mapping[str, Node]) -> Op:
        """The operation for every k-th channel of an edge between equal shapes."""
        if "out" not in op.traits.set_by_edge or not self._equal(edge, graph, inside):
            return op
        return op.model_copy(update={"out": -(-edge.value.channels // self.k)})

    @staticmethod
    def _equal(edge: Node, graph: Graph, inside: Mapping[str, Node]) -> bool:
        """Whether an edge's source has the shape of its result."""
        node = graph.node(edge.operands[0])
        while node.name in inside:
            node = graph.node(node.operands[0])
        return node.value.shape == edge.value.shape


def _widen(edge: Node, graph: Graph, inside: Mapping[str, Node]) -> bool:
    """Whether each candidate of an edge has an operation that the edge tells how many channels to give."""
    for operand in edge.operands:
        node, widens = graph.node(operand), False
        while inside.get(node.name) is edge:
            widens |= "out" in node.op.traits.set_by_edge
            node = graph.node(node.operands[0])
        if not widens:
            return False
    return True


def _edge_of(node: Node, edges: Mapping[Path, Node]) -> Node | None:
    """The open edge whose candidate an operation belongs to."""
    above = (node.path.up(count) for count in range(1, min(IN_AN_EDGE, len(node.path.steps) - 1) + 1))
    return next((edges[path] for path in above if path in edges), None)
