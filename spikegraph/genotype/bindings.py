"""The genotypes and paths of a spec as the passes take them."""

from collections.abc import Iterable, Mapping

from spikegraph.dsl.spec import Genotype, Spec
from spikegraph.genotype.wire_choices import split
from spikegraph.ir.cellspec import CellSpec, KeptEdge


def kept_edges(spec: Spec) -> dict[str, tuple[KeptEdge, ...]]:
    """The kept edges by cell, and the branches of choices on wires by network."""
    return {
        cell: tuple(KeptEdge(node=n, operation=t.operation, source=t.source) for n, terms in g.nodes.items() for t in terms)
        for cell, g in spec.genotypes.items()
    }


def paths(spec: Spec) -> dict[str, tuple[int, ...]]:
    """The level after each layer by trellis."""
    return {name: p.levels for name, p in spec.paths.items()}


def rows(cells: Mapping[str, CellSpec], genotypes: Iterable[Genotype]) -> dict[str, dict[int, int]]:
    """The kept edges by searched cell, as rows of alpha with the number of the candidate; genotypes of others are left out."""
    found: dict[str, dict[int, int]] = {}
    for genotype in split(genotypes):
        if genotype.cell not in cells:
            continue
        cell = cells[genotype.cell]
        edges, names = cell.edge_list(), [c.name for c in cell.candidates]
        terms = [(node, term) for node, of_node in genotype.nodes.items() for term in of_node]
        found[cell.name] = {edges.index((node, t.source)): names.index(t.operation) for node, t in terms}
    return found
