"""Candidates of a cell that differ in nothing once the passes have run."""

from spikegraph.dsl.schema.cell import Mix
from spikegraph.ir.cellspec import CellSpec, KeptEdge
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.opdef import Op
from spikegraph.ir.ops.cells import Cell
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.types import Kind
from spikegraph.passes import pipeline
from spikegraph.passes.expand_cells import CandidateError
from spikegraph.passes.phase_pipelines import Phase, default_pipeline

Lowered = list[tuple[Op, tuple[int, ...]]]
"""The operations of a graph with the numbers of their operands: equal ones compute the same with the same weights."""


def identical(node: Node, cell: CellSpec, down: int, phase: Phase, mix: Mix | None) -> list[tuple[str, ...]]:
    """The groups of candidates of a cell that are the same operation on all of its edges in a phase's lowered form.

    Args:
        node: A use of the cell at stage `space`.
        cell: The cell.
        down: The factor by which the cell reduces the resolution.
        phase: The form.
        mix: Where the phase mixes operations; None for what the cell declares.

    A candidate that can't take in another number of channels than the cell's, such as a pooling, is left out.
    """
    groups: list[tuple[Lowered, list[str]]] = []
    for candidate in cell.candidates:
        try:
            found = _lowered(node, cell, candidate.name, down, phase, mix)
        except CandidateError:
            continue
        held = next((names for lowered, names in groups if lowered == found), None)
        if held is None:
            groups.append((found, [candidate.name]))
        else:
            held.append(candidate.name)
    return [tuple(names) for _, names in groups if len(names) > 1]


def _lowered(node: Node, cell: CellSpec, candidate: str, down: int, phase: Phase, mix: Mix | None) -> Lowered:
    """A network of the cell alone: the candidate on an edge from an input and on one from a node; there is no third kind."""
    first = next(source for _, source in cell.edge_list() if source in cell.inputs)
    edges: tuple[tuple[str, tuple[str, ...]], ...] = (("n0", (first,)),)
    if any(source not in cell.inputs for _, source in cell.edge_list()):
        edges = (*edges, ("n1", ("n0",)))
    chosen = (cell.candidate(candidate),)
    small = cell.model_copy(update={"nodes": len(edges), "edges": edges, "candidates": chosen, "rank_without": ()})
    channels = node.value.channels // cell.parts
    sizes = tuple(size * down for size in node.value.size)
    graph = Graph(cell.name, time=1)  # norms may have a factor for each step
    given = graph.add("given", Input(kind=Kind.SPIKE, channels=channels * small.parts, size=sizes), (), node.span)
    op = Cell(cell=small, width=channels, down=down)
    graph.outputs["cell"] = graph.add("cell", op, (given, given, given), node.span)
    kept = tuple(KeptEdge(node=of, operation=candidate, source=source) for of, source in small.edge_list())
    passes = default_pipeline(phase, stems=None, mix=mix, genotypes={cell.name: kept}, paths={})
    made = pipeline.run(pipeline.plain(passes), graph)
    numbers = {each.name: number for number, each in enumerate(made)}
    return [(each.op, tuple(numbers[o] for o in each.operands)) for each in made]


def searched_cells(graph: Graph) -> list[tuple[Node, CellSpec]]:
    """The searchable cells of a graph at stage `space`, each with its first use."""
    found: dict[str, tuple[Node, CellSpec]] = {}
    for node in graph:
        cell = node.op.cell_spec()
        if cell is not None:
            found.setdefault(cell.name, (node, cell))
    return list(found.values())
