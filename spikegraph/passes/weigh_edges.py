"""The pass `weigh-edges` (edge normalisation: Xu et al., PC-DARTS, ICLR 2020, Eq. 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.cellspec import CellSpec
from spikegraph.ir.choices import Choices
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.wiring import WeightedGather
from spikegraph.passes.base import Pass
from spikegraph.passes.properties import UNJOINED


@dataclass(frozen=True)
class WeighEdges(Pass):
    """Gives each open edge of a cell a weight, so that a search learns which edges a node keeps.

    The weights of a node's edges are its number of kept edges times a softmax over the edges that enter it. Their sum is then
    that of the derived network, where each kept edge counts once. A node that keeps all its edges has nothing to choose and
    stays as it is.
    """

    name: ClassVar[str] = "weigh-edges"
    refuses: ClassVar[bool] = False
    requires = (UNJOINED,)
    cells: Mapping[str, CellSpec] = field(default_factory=dict[str, CellSpec], repr=False)

    @override
    def decides(self) -> Choices:
        return Choices(edges=True)

    @override
    def apply(self, graph: Graph) -> Graph:
        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            op = self._weighted(node, graph)
            return out.keep(node, operands) if op is None else out.change(node, operands, op)

        return graph.rewrite(rule)

    def _weighted(self, node: Node, graph: Graph) -> WeightedGather | None:
        """The sum with weights, for a sum of open edges of which some are dropped."""
        if not node.op.traits.sums_edges:
            return None
        choices = [choice for o in node.operands if (choice := graph.node(o).op.choice()) is not None]
        cell = self.cells.get(choices[0].cell) if choices else None
        if cell is None or len(choices) <= cell.keep:
            return None
        rows = tuple(choice.edge for choice in choices)
        return WeightedGather(cell=cell.name, edges=rows, of=len(cell.edge_list()), keep=cell.keep)
