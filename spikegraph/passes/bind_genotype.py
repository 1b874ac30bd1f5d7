"""The pass `bind-genotype`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from typing_extensions import override

from spikegraph.base.errors import PassError
from spikegraph.base.nearest import listed
from spikegraph.base.surface import argument
from spikegraph.ir.cellspec import KeptEdge
from spikegraph.ir.choices import Choices
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.cells import Cell, Trellis
from spikegraph.ir.ops.choose import Choose
from spikegraph.ir.stage import Stage
from spikegraph.passes.base import Pass
from spikegraph.passes.properties import UNWEIGHTED


@dataclass(frozen=True)
class BindGenotype(Pass):
    """Replaces open choices by the chosen operations, and trellises by the cells on the chosen path.

    Of a choice on a wire the chosen branch stays, with its own type; what only other branches need is gone.
    """

    name: ClassVar[str] = "bind-genotype"
    requires = (UNWEIGHTED,)
    genotypes: Mapping[str, tuple[KeptEdge, ...]] = field(default_factory=dict[str, tuple[KeptEdge, ...]], repr=False)
    paths: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]], repr=False)

    @override
    def decides(self) -> Choices:
        return Choices(genotypes=self.genotypes, paths=self.paths)

    @override
    def apply(self, graph: Graph) -> Graph:
        cells, trellises, choices = graph.of(Cell), graph.of(Trellis), graph.of(Choose)

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if node.name in cells:
                genotype = self._genotype(cells[node.name].cell.name)
                return out.change(node, operands, cells[node.name].model_copy(update={"genotype": genotype}))
            if node.name in trellises:
                return self._walk(trellises[node.name], node, operands[0], out)
            if node.op.traits.ends_trellis:
                return operands[0]
            if node.name in choices:
                return self._branch(choices[node.name], operands, out)
            return out.keep(node, operands)

        out = graph.rewrite(rule)
        if choices:
            out = _without_unused(out, graph)
        out.stage = Stage.DERIVED
        return out

    def _branch(self, op: Choose, operands: tuple[str, ...], out: Graph) -> str:
        """The result of the chosen branch; that of an identity is its operand."""
        chosen = {edge.node: edge.operation for edge in self.genotypes.get(op.network, ())}
        if op.place not in chosen:
            missing = f"write `genotype {op.network} {{ {op.place} = ... }}`"
            instead = f"{missing}, give a file with `{argument('genotype', 'FILE')}`, or search"
            raise self._missing(f"the choice `{op.place}` of network `{op.network}` is open", missing, instead)
        if chosen[op.place] not in op.branches:
            summary = f"the choice `{op.place}` of network `{op.network}` has no branch `{chosen[op.place]}`"
            raise PassError(summary, f"its branches are {listed(op.branches, last='and')}", "SG0405")
        end = out.node(operands[op.branches.index(chosen[op.place])])
        return end.operands[0] if end.op.traits.forwards else end.name

    def _missing(self, summary: str, fix: str, instead: str | None = None) -> PassError:
        """The error about what isn't decided; its fix is `instead`, or a file, unless something is decided."""
        if self.genotypes or self.paths:
            return PassError(summary, f"{fix} beside what is decided, or leave that out and search", "SG0317")
        files = f"give a file with `{argument('genotype', 'FILE')}`, or search with `{argument('train')}`"
        return PassError(summary, instead or files, "SG0317")

    def _genotype(self, cell: str) -> tuple[KeptEdge, ...]:
        if cell not in self.genotypes:
            raise self._missing(f"cell `{cell}` has no genotype", f"write `genotype {cell} {{ ... }}`")
        return self.genotypes[cell]

    def _walk(self, op: Trellis, node: Node, source: str, out: Graph) -> str:
        """Adds the cells of a path. The inputs of each are the outputs of the two cells before, at any level."""
        if op.trellis not in self.paths:
            raise self._missing(f"trellis `{op.trellis}` has no path", f"write `path {op.trellis} = [ ... ]`")
        width = out.node(source).value.channels // op.cell.parts
        genotype = self._genotype(op.cell.name)
        at_level = {0: source}
        level, prev2, prev = 0, source, source
        for layer, to in enumerate(self.paths[op.trellis]):
            like, down = (prev, 2) if to > level else (at_level[to], 1)
            fields = {"cell": op.cell, "width": width << to, "resize": op.resize, "way_down": op.way_down}
            cell = Cell.model_validate({**fields, "down": down, "genotype": genotype})
            name = out.add(node.path.at(str(layer)), cell, (prev2, prev, like), node.span)
            prev2, prev, level = prev, name, to
            at_level[to] = name
        return prev


def _without_unused(out: Graph, before: Graph) -> Graph:
    """A graph without what no output, loss or carried value needs and did so before; what was unused before stays."""
    unused = (node.name for node in out if node.name in before and not before.uses(node.name))
    needed = out.ancestors((*out.inputs(), *out.outputs.values(), *out.taps.values(), *unused))
    kept = out.like()
    for node in out:
        if node.name in needed:
            kept.keep(node, node.operands)
    kept.outputs, kept.taps = dict(out.outputs), dict(out.taps)
    kept.carried = {name: source for name, source in out.carried.items() if name in needed}
    return kept
