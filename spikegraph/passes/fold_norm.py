"""The pass `fold-norm`."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.convolution import Conv, Norm
from spikegraph.passes.base import Pass


@dataclass(frozen=True)
class FoldNorm(Pass):
    """Batch norm into the convolution before it (section 3.2.2), exact to rounding.

    Only where the convolution's result goes nowhere else. The convolution's `folded` names the norm whose statistics and
    affine pair go into its weight and bias.
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
