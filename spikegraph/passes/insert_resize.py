"""The pass `insert-resize` (Che et al., NeurIPS 2022, section 3.2.2)."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.resizing import Fit, Resize
from spikegraph.passes.base import Pass


@dataclass(frozen=True)
class InsertResize(Pass):
    """Inserts a resizing wherever resolutions differ; nearest keeps spikes binary (section 3.2.2)."""

    name: ClassVar[str] = "insert-resize"

    @override
    def apply(self, graph: Graph) -> Graph:
        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if not isinstance(node.op, Fit):
                return out.keep(node, operands)
            x, like = (out.node(o).value for o in operands)
            if x.size == like.size:
                return operands[0]
            return out.add(node.name, Resize(mode=node.op.mode), operands, node.span)

        return graph.rewrite(rule)
