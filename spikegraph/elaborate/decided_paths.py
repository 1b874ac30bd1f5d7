"""Values of trellises whose path is decided, for operations that need to know the level."""

from collections.abc import Mapping

from spikegraph.dsl.spec import TrellisPath
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.cells import Trellis, TrellisEnd


def at_decided_level(graph: Graph, name: str, paths: Mapping[str, TrellisPath]) -> str:
    """The node that has a value at the level where its path ends, which is added once; `name` if no path is decided."""
    node, trellises = graph.node(name), graph.of(Trellis)
    while node.op.traits.forwards:
        node = graph.node(node.operands[0])
    if node.name not in trellises or trellises[node.name].trellis not in paths:
        return name
    path = node.path / "end"
    if str(path) not in graph:
        level = paths[trellises[node.name].trellis].levels[-1]
        graph.add(path, TrellisEnd(level=level), (node.name,), node.span)
    return str(path)
