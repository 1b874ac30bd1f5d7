"""What a search found: the genotypes and paths that its architecture parameters mean."""

from collections.abc import Collection, Mapping
from typing import Any

from spikegraph.dsl.genotype_text import format_genotypes
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Genotype, Term, TrellisPath
from spikegraph.genotype.decode import Edge, decode_cell
from spikegraph.genotype.decode_path import viterbi
from spikegraph.genotype.decode_softmax import Matrix
from spikegraph.genotype.skips import mostly_skips, with_at_most
from spikegraph.ir.cellspec import CellSpec
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.composite import Cell, Trellis

NOWHERE = Span("<search>", 1, 1, 1, 1)
"""The span of what a search wrote."""


def cells_of(graph: Graph) -> dict[str, CellSpec]:
    """The searchable cells of a graph of stage `space`, by name."""
    return {n.op.cell.name: n.op.cell for n in graph if isinstance(n.op, Cell | Trellis)}


def decode_architecture(graph: Graph, values: Mapping[str, Any], comment: str | None = None) -> str:
    """The canonical genotype file that architecture parameters mean.

    Args:
        graph: The searched network at stage `space`.
        values: `CELL.alpha` [edges, candidates] and `TRELLIS.beta` [layers, levels, 3] by name, as nested lists.
        comment: A line for the top of the file.
    """
    genotypes = decoded_cells(graph, values)
    trellises = {n.op.trellis for n in graph if isinstance(n.op, Trellis)}
    paths = [TrellisPath(name, viterbi(values[f"{name}.beta"])[0], NOWHERE) for name in sorted(trellises)]
    return format_genotypes(genotypes, paths, comment)


def decoded_cells(graph: Graph, values: Mapping[str, Any]) -> list[Genotype]:
    """The genotypes that architecture parameters mean, cell by cell; see `decode_architecture`."""
    return [genotype_of(cell, values[f"{name}.alpha"]) for name, cell in cells_of(graph).items()]


def skip_warnings(graph: Graph, values: Mapping[str, Any]) -> list[str]:
    """A line for each decoded cell that is mostly skips; see `decode_architecture`."""
    names = {name: tuple(c.name for c in cell.candidates if c.skip) for name, cell in cells_of(graph).items()}
    return mostly_skips(decoded_cells(graph, values), dict(names))


def _skips(cell: CellSpec) -> tuple[int, ...]:
    """The numbers of the candidates that are skips."""
    return tuple(i for i, c in enumerate(cell.candidates) if c.skip)


def genotype_of(cell: CellSpec, alpha: Matrix) -> Genotype:
    """The genotype of one cell (section 3.3): per node the strongest edges, each with its strongest candidate."""
    edges = cell.edge_list()
    names = [c.name for c in cell.candidates]
    without = [names.index(n) for n in cell.rank_without]
    numbered = [Edge(int(node[1:]), source) for node, source in edges]

    def decode(ruled_out: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
        return decode_cell(alpha, cell.nodes, len(cell.inputs), cell.keep, without, edges=numbered, without=ruled_out)

    kept = decode(()) if cell.max_skips is None else with_at_most(cell.max_skips, _skips(cell), alpha, decode)
    nodes: dict[str, list[Term]] = {node: [] for node, _ in cell.edges}
    for edge, candidate in kept:
        node, source = edges[edge]
        nodes[node].append(Term(names[candidate], source, NOWHERE))
    return Genotype(cell.name, {k: tuple(v) for k, v in nodes.items()}, NOWHERE)
