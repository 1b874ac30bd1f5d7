"""Passes that only mark operations for what runs the graph."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph, Node, Notes
from spikegraph.passes.base import Pass
from spikegraph.passes.properties import LOWERED


class Marking(Pass):
    """A pass that adds notes to operations of a lowered graph. Its function stays."""

    refuses: ClassVar[bool] = False
    faster: ClassVar[bool] = True
    requires = (LOWERED,)

    @abstractmethod
    def marks(self, graph: Graph) -> Mapping[str, Notes]:
        """The notes of the operations that are marked, by node."""

    @override
    def apply(self, graph: Graph) -> Graph:
        marks = self.marks(graph)

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            notes = marks.get(node.name)
            return out.keep(node, operands) if notes is None else out.change(node, operands, notes=notes)

        return graph.rewrite(rule)
