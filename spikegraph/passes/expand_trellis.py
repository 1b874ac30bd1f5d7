"""The pass `expand-trellis`."""

from typing import ClassVar

from typing_extensions import override

from spikegraph.base.errors import PassError
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.cells import Cell, Trellis, TrellisEnd
from spikegraph.ir.ops.wiring import Add, Route
from spikegraph.passes.base import Pass
from spikegraph.passes.properties import expanded


def levels_at(layer: int, levels: int, finest: int = 0) -> range:
    """The levels that a path from level 0 can reach after `layer`; layer -1 is the trellis's input.

    Paths lead straight down to level `finest` first.
    """
    return range(min(layer + 1, finest), min(layer + 1, levels - 1) + 1)


class ExpandTrellis(Pass):
    """Expands trellises to all positions, weighted by beta; a restore after a trellis becomes a sum over its levels.

    As in Auto-DeepLab, each position (layer, level) evaluates its cell once for each level of `prev`. These uses share
    weights, except on the edges from `prev`, whose shapes differ. `prev2` is the position of the same level two layers
    before; near the input, where no path reaches it, the coarsest reached level.
    """

    name: ClassVar[str] = "expand-trellis"
    ensures = (expanded("expand-trellis"),)

    @override
    def apply(self, graph: Graph) -> Graph:
        trellises, decided = graph.of(Trellis), graph.of(TrellisEnd)
        ends: dict[str, dict[int, str]] = {}

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if node.name in trellises:
                reached = self._unroll(trellises[node.name], node, operands[0], out)
                if len(reached) > 1:
                    ends[node.name] = reached
                return next(iter(reached.values()))
            if node.op.traits.sums_levels and node.operands[0] in ends:
                levels = ends[node.operands[0]]
                parts = tuple(
                    out.add(node.path.at(str(level)), node.op, (end, *operands[1:]), node.span) for level, end in levels.items()
                )
                return out.add(node.path, Add(), parts, node.span)
            if node.name in decided:
                return ends.get(node.operands[0], {}).get(decided[node.name].level, operands[0])
            if node.op.traits.forwards and node.operands[0] in ends:
                ends[node.name] = ends[node.operands[0]]
                return operands[0]
            open_ = [o for o in node.operands if o in ends]
            if open_:
                raise PassError(f"`{node.op.name}` uses {open_[0]}, whose level is open", "put `restore(...)` after it")
            return out.keep(node, operands)

        expanded = graph.rewrite(rule)
        for name, source in (*graph.outputs.items(), *graph.taps.items()):
            if source in ends:
                raise PassError(f"`{name}` is {source}, whose level is open", "put `restore(...)` after it")
        return expanded

    def _unroll(self, op: Trellis, node: Node, source: str, out: Graph) -> dict[int, str]:
        width = out.node(source).value.channels // op.cell.parts
        two_before = before = {0: source}
        for layer in range(op.layers):
            here: dict[int, str] = {}
            for level in levels_at(layer, op.levels, op.finest):
                sources = tuple(s for s in (level - 1, level, level + 1) if s in before)
                path = node.path.at(f"{layer},{level}")
                prev2 = two_before[min(level, max(two_before))]
                uses: list[str] = []
                for s in sources:
                    like, down = (before[s], 2) if s < level else (before[level], 1)
                    fields = {"cell": op.cell, "width": width << level, "resize": op.resize, "way_down": op.way_down}
                    cell = Cell.model_validate({**fields, "down": down, "source": s})
                    uses.append(out.add(path.used(str(s)), cell, (prev2, before[s], like), node.span))
                route = Route(trellis=op.trellis, layer=layer, level=level, levels=op.levels, finest=op.finest, sources=sources)
                here[level] = out.add(path, route, tuple(uses), node.span)
            two_before, before = before, here
        return before
