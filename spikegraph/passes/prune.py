"""The pass `prune`."""

from dataclasses import dataclass
from typing import ClassVar

import networkx as nx
from typing_extensions import override

from spikegraph.ir.graph import Graph
from spikegraph.passes.base import Pass


@dataclass(frozen=True)
class Prune(Pass):
    """What no output needs; the inputs stay.

    `losses` says whether what only a loss needs stays too, such as an auxiliary classifier: in training, not in deployment.
    """

    name: ClassVar[str] = "prune"
    losses: bool = True

    @override
    def apply(self, graph: Graph) -> Graph:
        g = graph.networkx()
        taps = dict(graph.taps) if self.losses else {}
        needed = set(graph.inputs())
        for wanted in (*graph.outputs.values(), *taps.values()):
            needed |= {wanted} | nx.ancestors(g, wanted)  # pyright: ignore[reportUnknownMemberType]
        out = graph.like()
        for node in graph:
            if node.name in needed:
                out.add(node.name, node.op, node.operands, node.span)
        out.outputs, out.taps = dict(graph.outputs), taps
        return out
