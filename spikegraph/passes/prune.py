"""The pass `prune`."""

from dataclasses import dataclass
from typing import ClassVar

import networkx as nx
from typing_extensions import override

from spikegraph.ir.graph import Graph
from spikegraph.passes.base import Pass


@dataclass(frozen=True)
class Prune(Pass):
    """What no output needs; the inputs stay."""

    name: ClassVar[str] = "prune"

    @override
    def apply(self, graph: Graph) -> Graph:
        g = graph.networkx()
        needed = set(graph.outputs.values()) | set(graph.inputs())
        for output in graph.outputs.values():
            needed |= nx.ancestors(g, output)
        out = graph.like()
        for node in graph:
            if node.name in needed:
                out.add(node.name, node.op, node.operands, node.span)
        out.outputs = dict(graph.outputs)
        return out
