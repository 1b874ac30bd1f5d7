"""An architecture: the edges that each cell keeps, and the path through each trellis."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from spikegraph.dsl.genotype_text import format_genotypes
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Genotype, Term, TrellisPath
from spikegraph.genotype.wire_choices import decision, joined, split

_NOWHERE = Span("<search>", 1, 1, 1, 1)


class Edge(NamedTuple):
    """A kept edge of a cell's node: `operation(source)`; without a source the branch of a choice on a wire, `NETWORK.PLACE`."""

    cell: str
    node: str
    operation: str
    source: str


@dataclass(frozen=True)
class Architecture:
    """An architecture as a value: equal ones are the same network.

    Attributes:
        edges: The kept edges, by cell and node in the order of the spec, by source in the order of the cell's edges.
        paths: Trellises with the level after each layer.
    """

    edges: tuple[Edge, ...]
    paths: tuple[tuple[str, tuple[int, ...]], ...] = ()

    @classmethod
    def of(cls, genotypes: Iterable[Genotype], paths: Iterable[TrellisPath] = ()) -> "Architecture":
        """The architecture of genotypes and paths, as a spec has them."""
        edges = (
            Edge(g.cell, node, term.operation, term.source)
            for g in split(genotypes)
            for node, terms in g.nodes.items()
            for term in terms
        )
        return cls(tuple(edges), tuple((path.trellis, path.levels) for path in paths))

    @property
    def genotypes(self) -> list[Genotype]:
        """The kept edges and the choices on wires as the language has them."""
        nodes: dict[str, dict[str, tuple[Term, ...]]] = {}
        for edge in self.edges:
            of_cell = nodes.setdefault(edge.cell, {})
            of_cell[edge.node] = (*of_cell.get(edge.node, ()), Term(edge.operation, edge.source, _NOWHERE))
        return joined(Genotype(cell, of_cell, _NOWHERE) for cell, of_cell in nodes.items())

    def text(self, comment: str | None = None) -> str:
        """The genotype file, with a comment at its top."""
        return format_genotypes(self.genotypes, [TrellisPath(name, levels, _NOWHERE) for name, levels in self.paths], comment)

    @property
    def decisions(self) -> tuple[str, ...]:
        """Each decision as text: an edge with its operation, or the level after a layer."""
        edges = (decision(e.cell, e.node, e.operation, e.source) for e in self.edges)
        levels = (f"{name}[{layer}] = {level}" for name, path in self.paths for layer, level in enumerate(path))
        return (*edges, *levels)
