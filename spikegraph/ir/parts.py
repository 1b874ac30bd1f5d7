"""Adds the parts of a composite operation to a graph."""

from collections.abc import Container

from spikegraph.base.record import record
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.opdef import Op
from spikegraph.ir.path import Path
from spikegraph.ir.types import Value


def part_path(of: Path, label: str, *taken: Container[str]) -> Path:
    """The path of a part; a dot in its label separates steps, and a number avoids names that are taken."""
    wanted = of
    for step in label.split("."):
        wanted /= step
    path, number = wanted, 1
    while any(str(path) in names for names in taken):
        number += 1
        path = wanted.up() / f"{wanted.label}{number}"
    return path


@record
class Parts:
    """Adds the parts of `node` to `out`, named after it; a number avoids the names of other nodes."""

    node: Node
    out: Graph
    before: Graph

    def add(self, part: str, op: Op, operands: tuple[str, ...]) -> str:
        """Adds one part; a dot in its name separates steps. Returns the node's name."""
        path = part_path(self.node.path, part, self.before, self.out)
        return self.out.add(path, op, operands, self.node.span)

    def end(self, op: Op, *operands: str) -> str:
        """Adds the last part, which gets the name of the composite operation."""
        return self.out.add(self.node.path, op, operands, self.node.span)

    def value(self, name: str) -> Value:
        """The type of a node in the new graph."""
        return self.out.node(name).value


def expand(graph: Graph, by: str) -> Graph:
    """Takes apart the operations that the pass `by` expands; the graph itself if there are none."""

    def expands(node: Node) -> bool:
        return node.op.traits.expanded_by == by

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        return node.op.expand(Parts(node, out, graph), operands)

    return graph.rewrite(rule, expands) if any(map(expands, graph)) else graph
