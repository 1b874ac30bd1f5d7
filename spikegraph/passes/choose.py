"""The pass `choose`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from typing_extensions import override

from spikegraph.base.errors import PassError
from spikegraph.base.surface import argument
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.resizing import Resize
from spikegraph.ir.ops.wiring import Gather, Route
from spikegraph.passes.base import Pass
from spikegraph.passes.properties import LOWERED, UNJOINED

Rows = Mapping[str, Mapping[int, int]]
"""By cell, the candidate on each edge that is kept; edges are rows of `CELL.alpha`."""


@dataclass(frozen=True)
class Choose(Pass):
    """Keeps one architecture of a supernet and removes the rest; the names of the supernet's weights stay.

    The edges that are kept count fully, as in the network of the genotype. Of a trellis the cells on the path remain. Where a
    cell takes `prev2` from a position beside the path, as in the supernet, that position's cell stays too, with the source
    that is nearest to the path.
    """

    name: ClassVar[str] = "choose"
    keeps: ClassVar[bool] = False
    requires = (LOWERED, UNJOINED)
    rows: Rows = field(default_factory=dict[str, Mapping[int, int]], repr=False)
    paths: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]], repr=False)

    @override
    def apply(self, graph: Graph) -> Graph:
        chosen = _Chosen(self, graph)
        kept = {node.name: found for node in graph if (found := chosen.visit(node)) is not None}
        ends = {name: chosen.stands[end] for name, end in (*graph.outputs.items(), *graph.taps.items())}
        lost = [name for name, end in ends.items() if end is None]
        if lost:
            raise PassError(f"nothing of `{lost[0]}` is left", "choose at least one edge of each node")
        carried = {name: chosen.stands[source] for name, source in graph.carried.items()}
        needed, open_ = set[str](), [*graph.inputs(), *ends.values()]
        while open_:
            name = open_.pop()
            if name is None:
                raise PassError("nothing of the source of a loop is left", "choose at least one edge of each node")
            if name not in needed:
                needed.add(name)
                open_ += kept[name] if name not in carried else (carried[name],)
        out = graph.like()
        for name, operands in kept.items():
            if name in needed:
                node = graph.node(name)
                weighted = node.op.traits.sums_edges and not node.op.traits.adds
                out.change(node, operands, Gather()) if weighted else out.keep(node, operands)
        out.outputs = {name: end for name in graph.outputs if (end := ends[name]) is not None}
        out.taps = {name: end for name in graph.taps if (end := ends[name]) is not None}
        out.carried = {name: end for name in carried if name in needed and (end := carried[name]) is not None}
        return out.settled()


class _Chosen:
    """What stands for each value: the name of a node that is kept; None for what is removed.

    Attributes:
        stands: By node.
    """

    def __init__(self, of: Choose, graph: Graph) -> None:
        self.of, self.graph = of, graph
        self.stands: dict[str, str | None] = {}
        self._routes, self._resizes = graph.of(Route), graph.of(Resize)
        self._beside: dict[str, tuple[str, int]] = {}
        self._of_level: dict[tuple[str, int], str] = {}

    def visit(self, node: Node) -> tuple[str, ...] | None:
        """Decides what stands for a node; the names of its operands if it is kept."""
        choice = node.op.choice()
        if choice is not None:
            rows = self.of.rows.get(choice.cell)
            if rows is None:
                raise PassError(
                    f"cell `{choice.cell}` has no genotype", f"give a file with `{argument('genotype', 'FILE')}`", "SG0317"
                )
            candidate = rows.get(choice.edge)
            self.stands[node.name] = None if candidate is None else self._forwarded(node.operands[candidate])
            return None
        if node.name in self._routes:
            self.stands[node.name] = self._routed(node, self._routes[node.name])
            return None
        operands = [self.stands[o] for o in node.operands]
        if node.name in self._resizes:
            operands[1] = self._size(node.operands[1])
        left = tuple([o for o in operands if o is not None])
        sums = node.op.traits.adds or node.op.traits.sums_edges
        kept = len(left) == len(operands) or (sums and bool(left))
        self.stands[node.name] = node.name if kept else None
        return left if kept else None

    def _forwarded(self, name: str) -> str | None:
        """What stands for a candidate: for a skip between equal shapes its source."""
        node = self.graph.node(name)
        return self.stands[node.operands[0] if node.op.traits.forwards else name]

    def _routed(self, node: Node, op: Route) -> str | None:
        """What stands for a position of a trellis: the cell that a path comes through; at the last layer only on the path."""
        path = self.of.paths.get(op.trellis)
        if path is None:
            raise PassError(
                f"trellis `{op.trellis}` has no path", f"give a file with `{argument('genotype', 'FILE')}`", "SG0317"
            )
        before = path[op.layer - 1] if op.layer else 0
        nearest = min(op.sources, key=lambda level: (abs(level - before), level))
        found = self.stands[node.operands[op.sources.index(nearest)]]
        if op.level == path[op.layer]:
            if found is not None:
                self._of_level[op.trellis, op.level] = found
            return found
        if op.layer + 1 == len(path):
            return None
        self._beside[node.name] = (op.trellis, op.level)
        if found is not None:
            self._of_level.setdefault((op.trellis, op.level), found)
        return found

    def _size(self, like: str) -> str | None:
        """What stands for a value of which only the size is wanted: the last on the path of this level, else the first."""
        found = self._of_level.get(self._beside[like]) if like in self._beside else None
        return found or self.stands[like]
