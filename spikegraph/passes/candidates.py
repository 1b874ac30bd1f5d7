"""Candidates of cells that differ in nothing once the passes have run."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from spikegraph.base.record import record
from spikegraph.dsl.schema.cell import Mix
from spikegraph.dsl.spec import Cell as Declaration
from spikegraph.ir.cellspec import CellSpec, KeptEdge
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.opdef import Op
from spikegraph.ir.ops.cells import Cell
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.types import Kind
from spikegraph.passes import pipeline
from spikegraph.passes.expand_cells import CandidateError
from spikegraph.passes.phase_pipelines import Phase, default_pipeline

Lowered = list[tuple[Op | int, tuple[int, ...]]]
"""The operations of a graph with the numbers of their operands: equal ones compute the same with the same weights.

A choice of a cell is the number of its edge.
"""

AT_ONCE = 256
"""How many candidates one network holds, so that it stays far below the most operations of a network."""


@record
class Searched:
    """A searchable cell of a graph at stage `space`.

    Attributes:
        node: Its first use.
        cell: The cell.
        down: The factor by which it reduces the resolution.
    """

    node: Node
    cell: CellSpec
    down: int


def identical(cells: Sequence[Searched], phase: Phase, mix: Mix | None) -> list[list[tuple[str, ...]]]:
    """For each cell the groups of candidates that are the same operation on all of its edges in a phase's lowered form.

    Args:
        cells: The cells.
        phase: The form.
        mix: Where the phase mixes operations; None for what the cells declare.

    A candidate that can't take in another number of channels than the cell's, such as a pooling, is left out.
    """
    alone = [_Alone(number, of, each.name) for number, of in enumerate(cells) for each in of.cell.candidates]
    groups: list[list[tuple[Lowered, list[str]]]] = [[] for _ in cells]
    for start in range(0, len(alone), AT_ONCE):
        for each, lowered in _lowered(alone[start : start + AT_ONCE], phase, mix):
            of = groups[each.number]
            held = next((names for other, names in of if other == lowered), None)
            if held is None:
                of.append((lowered, [each.candidate]))
            else:
                held.append(each.candidate)
    return [[tuple(names) for _, names in of if len(names) > 1] for of in groups]


@record
class _Alone:
    """A candidate in a cell of its own: on an edge from an input and on one from a node; there is no third kind.

    Attributes:
        number: That of the cell.
        of: The cell.
        candidate: The candidate's name.
    """

    number: int
    of: Searched
    candidate: str

    @property
    def name(self) -> str:
        """The name of its cell."""
        return f"{self.number}.{self.candidate}"

    @cached_property
    def cell(self) -> CellSpec:
        """Its cell."""
        cell = self.of.cell
        first = next(source for _, source in cell.edge_list() if source in cell.inputs)
        edges: tuple[tuple[str, tuple[str, ...]], ...] = (("n0", (first,)),)
        if any(source not in cell.inputs for _, source in cell.edge_list()):
            edges = (*edges, ("n1", ("n0",)))
        changed = {"nodes": len(edges), "edges": edges, "candidates": (cell.candidate(self.candidate),), "rank_without": ()}
        return cell.model_copy(update={"name": self.name, **changed})

    @property
    def genotype(self) -> tuple[KeptEdge, ...]:
        """The candidate on all edges."""
        return tuple(KeptEdge(node=of, operation=self.candidate, source=source) for of, source in self.cell.edge_list())

    def add(self, graph: Graph) -> None:
        """Adds the cell with its input and an output, both of its own."""
        node, down = self.of.node, self.of.down
        channels = node.value.channels // self.of.cell.parts
        sizes = tuple(size * down for size in node.value.size)
        given = Input(kind=Kind.SPIKE, channels=channels * self.cell.parts, size=sizes)
        before = graph.add(f"{self.name}.given", given, (), node.span)
        op = Cell(cell=self.cell, width=channels, down=down)
        graph.outputs[self.name] = graph.add(self.name, op, (before, before, before), node.span)


def _lowered(alone: Sequence[_Alone], phase: Phase, mix: Mix | None) -> list[tuple[_Alone, Lowered]]:
    """The operations of candidates, without those that don't fit; one network holds all of them, so that passes run once."""
    graph = Graph("candidates", time=1)  # norms may have a factor for each step
    for each in alone:
        each.add(graph)
    genotypes = {each.name: each.genotype for each in alone}
    passes = default_pipeline(phase, stems=None, mix=mix, genotypes=genotypes, paths={})
    try:
        made = pipeline.run(pipeline.plain(passes), graph)
    except CandidateError as error:
        return _lowered([each for each in alone if each.name != error.cell], phase, mix)
    return [(each, _operations(made, made.outputs[each.name])) for each in alone]


def _operations(graph: Graph, end: str) -> Lowered:
    """The operations that lead to a value, in the graph's order."""
    needed = graph.ancestors([end])
    nodes = [node for node in graph if node.name in needed]
    numbers = {node.name: number for number, node in enumerate(nodes)}
    choices = {node.name: choice.edge for node in nodes if (choice := node.op.choice()) is not None}
    return [(choices.get(node.name, node.op), tuple(numbers[o] for o in node.operands)) for node in nodes]


def searched_cells(graph: Graph, declared: Mapping[str, Declaration]) -> list[Searched]:
    """The searchable cells of a graph at stage `space`, which a spec declares."""
    found: dict[str, Searched] = {}
    for node in graph:
        cell = node.op.cell_spec()
        if cell is not None:
            found.setdefault(cell.name, Searched(node, cell, declared[cell.name].stride))
    return list(found.values())
