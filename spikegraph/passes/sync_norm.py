"""The pass `sync-norm`."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph, Node
from spikegraph.passes.base import Pass
from spikegraph.passes.properties import LOWERED


@dataclass(frozen=True)
class SyncNorm(Pass):
    """Marks norms whose statistics are those of all processes' samples, if several train together (`--sync-norm`).

    The function of the whole batch is the same. With one process the mark has no effect.
    """

    name: ClassVar[str] = "sync-norm"
    refuses: ClassVar[bool] = False
    faster: ClassVar[bool] = True
    requires = (LOWERED,)

    @override
    def apply(self, graph: Graph) -> Graph:
        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            marks = {"synchronised": True} if node.op.traits.statistics else None
            return out.change(node, operands, notes=marks) if marks else out.keep(node, operands)

        return graph.rewrite(rule)
