"""Decodes the architecture parameters of a search to genotypes and paths (Che et al., NeurIPS 2022, section 3.3)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from spikegraph.base.errors import NoArchitectureError
from spikegraph.dsl.genotype_text import format_genotypes
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Genotype, Term, TrellisPath
from spikegraph.genotype.decode import Edge, decode_cell
from spikegraph.genotype.decode_path import viterbi
from spikegraph.genotype.decode_softmax import Matrix
from spikegraph.genotype.skips import limit_skips, mostly_skips
from spikegraph.genotype.wire_choices import joined
from spikegraph.ir.architecture import architecture_of, cells_of
from spikegraph.ir.cellspec import CellSpec
from spikegraph.ir.graph import Graph
from spikegraph.ir.stage import Stage

NOWHERE = Span("<search>", 1, 1, 1, 1)
"""Source location of decoded genotypes and paths."""


def decode_architecture(graph: Graph, values: Mapping[str, Any], comment: str | None = None) -> str:
    """Decodes architecture parameters to the text of a genotype file.

    Args:
        graph: The searched network at stage `space`.
        values: `CELL.alpha` [edges, candidates], `TRELLIS.beta` [layers, levels, 3] and, if edges have parameters, `CELL.edges`
            [edges] by name, as nested lists.
        comment: Comment for the top of the file.

    Raises:
        NoArchitectureError: The graph has no cell and no trellis; a lowered graph has none any more.
    """
    genotypes, paths = decoded(graph, values)
    if not genotypes and graph.stage is not Stage.SPACE:
        help = 'decode the graph of the spec, `Program.build("search").space`, or call `model.genotype()`'
        raise NoArchitectureError(f"cells and trellises are no longer in the {graph.stage} graph of `{graph.name}`", help)
    if not genotypes and not paths:
        raise NoArchitectureError(f"`{graph.name}` has no cell and no trellis, so there is no genotype to decode")
    return format_genotypes(genotypes, paths, comment)


def decoded(graph: Graph, values: Mapping[str, Any]) -> tuple[list[Genotype], list[TrellisPath]]:
    """Decodes architecture parameters to the genotypes of all cells and the paths of all trellises."""
    betas = sorted((name, found.excluded) for name, found in architecture_of(graph).items() if name.endswith(".beta"))
    paths = [TrellisPath(name.removesuffix(".beta"), viterbi(values[name], out)[0], NOWHERE) for name, out in betas]
    return decoded_cells(graph, values), paths


def genotype_file(graph: Graph, values: Mapping[str, Any], comment: str) -> str:
    """As `decode_architecture`, with a warning behind the comment about each cell that is mostly skips."""
    warnings = (f"Warning: {line}" for line in skip_warnings(graph, decoded_cells(graph, values)))
    return decode_architecture(graph, values, "\n".join((comment, *warnings)))


def decoded_cells(graph: Graph, values: Mapping[str, Any]) -> list[Genotype]:
    """Decodes architecture parameters to the genotypes of all cells; arguments as in `decode_architecture`."""
    cells = cells_of(graph).items()
    return joined(genotype_of(cell, values[f"{name}.alpha"], values.get(f"{name}.edges")) for name, cell in cells)


def skip_warnings(graph: Graph, genotypes: Sequence[Genotype]) -> list[str]:
    """A warning for each cell of a graph at stage `space` whose genotype is mostly skips."""
    cells = (cell for n in graph if (cell := n.op.cell_spec()) is not None)
    names = {cell.name: tuple(c.name for c in cell.candidates if c.skip) for cell in cells}
    return mostly_skips([genotype for genotype in genotypes if genotype.cell in names], dict(names))


def _skips(cell: CellSpec) -> tuple[int, ...]:
    """The indices of the candidates that are skips."""
    return tuple(i for i, c in enumerate(cell.candidates) if c.skip)


def numbered_edges(cell: CellSpec) -> list[Edge]:
    """The edges of a cell, in the order of the rows of alpha."""
    return [Edge(number, source) for number, (_, sources) in enumerate(cell.edges) for source in sources]


def not_ranked(cell: CellSpec) -> list[int]:
    """The indices of the candidates that don't count for an edge's strength."""
    names = [c.name for c in cell.candidates]
    return [names.index(n) for n in cell.rank_without]


def genotype_of(cell: CellSpec, alpha: Matrix, weights: Sequence[float] | None = None) -> Genotype:
    """Decodes alpha [edges, candidates] of one cell: the strongest edges of each node with their best candidates.

    `weights` are the parameters of the edges, [edges], if they have some.
    """
    edges, numbered = cell.edge_list(), numbered_edges(cell)
    names, without = [c.name for c in cell.candidates], not_ranked(cell)

    def decode(ruled_out: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
        return decode_cell(
            alpha, cell.nodes, len(cell.inputs), cell.keep, without, edges=numbered, without=ruled_out, weights=weights
        )

    kept = decode(()) if cell.max_skips is None else limit_skips(cell.max_skips, _skips(cell), alpha, decode)
    nodes: dict[str, list[Term]] = {node: [] for node, _ in cell.edges}
    for edge, candidate in kept:
        node, source = edges[edge]
        nodes[node].append(Term(names[candidate], source, NOWHERE))
    return Genotype(cell.name, {k: tuple(v) for k, v in nodes.items()}, NOWHERE)
