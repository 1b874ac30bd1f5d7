"""The pass `prune`."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph
from spikegraph.passes.base import Pass


@dataclass(frozen=True)
class Prune(Pass):
    """Removes operations that no output uses, now or at a later step; keeps inputs.

    With `losses`, it also keeps operations that only a loss uses, such as an auxiliary classifier; deployment removes them, and
    inputs that only a loss uses, itself or through operations.
    """

    name: ClassVar[str] = "prune"
    refuses: ClassVar[bool] = False
    losses: bool = True

    @override
    def apply(self, graph: Graph) -> Graph:
        taps = dict(graph.taps) if self.losses else {}
        compared = set[str]() if self.losses else graph.ancestors(graph.taps.values())
        inputs = (name for name in graph.inputs() if name not in compared)
        needed = graph.ancestors((*inputs, *graph.outputs.values(), *taps.values()))
        if len(needed) == len(graph) and taps == graph.taps:
            return graph
        out = graph.like()
        for node in graph:
            if node.name in needed:
                out.keep(node, node.operands)
        out.outputs, out.taps = dict(graph.outputs), taps
        out.carried = {name: source for name, source in graph.carried.items() if name in needed}
        return out
