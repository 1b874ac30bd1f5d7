"""The pass `fold-norm` (Che et al., NeurIPS 2022, section 3.2.2)."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.convolution import Conv, Norm
from spikegraph.passes.base import Pass


@dataclass(frozen=True)
class FoldNorm(Pass):
    """Folds batch norms into the convolutions before them (section 3.2.2); exact up to rounding.

    Only norms that are the only use of their convolution are folded. The convolution's `folded` names the norm whose
    statistics, weight and bias go into its own weight and bias.
    """

    name: ClassVar[str] = "fold-norm"
    refuses: ClassVar[bool] = False

    @override
    def apply(self, graph: Graph) -> Graph:
        norms: dict[str, tuple[Node, Norm]] = {}
        for node in graph:
            if isinstance(node.op, Norm):
                conv = graph.node(node.operands[0])
                if isinstance(conv.op, Conv) and conv.op.folded is None and graph.uses(conv.name) == 1:
                    norms[conv.name] = (node, node.op)

        folded = {node.name for node, _ in norms.values()}

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if node.name in folded:
                return operands[0]
            if node.name in norms:
                norm, op = norms[node.name]
                change = {"bias": True, "folded": norm.weights, "eps": op.eps}
                return out.add(node.name, node.op.model_copy(update=change), operands, node.span)
            return out.keep(node, operands)

        return graph.rewrite(rule)
