"""Architectures for diagrams and comparisons: chosen edges of cells, paths of trellises, definitions of operations."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.spec import Genotype, Spec, Term, TrellisPath
from spikegraph.elaborate.build import declarations
from spikegraph.genotype.searched import NOWHERE
from spikegraph.ir.cellspec import CandidateSpec
from spikegraph.plugins.targets import Shown

CellGenotype = Mapping[str, Mapping[str, str]]
"""For each node its sources with the operation on the edge from each; the order has no meaning."""


@dataclass(frozen=True)
class Margins:
    """Margins of a search's choices, as differences of probabilities; see `decode.cell_margins`, `path_margins`.

    Attributes:
        candidates: By (cell, node, source): the kept candidate's probability less the next best one's.
        edges: By (cell, node, source): the edge's strength less that of the strongest dropped one; None if none was dropped.
        moves: By trellis: for each layer the move's probability less that of the best other move.
    """

    candidates: Mapping[tuple[str, str, str], float] = field(default_factory=dict[tuple[str, str, str], float])
    edges: Mapping[tuple[str, str, str], float | None] = field(default_factory=dict[tuple[str, str, str], float | None])
    moves: Mapping[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]])


@dataclass(frozen=True)
class Architecture(Shown):
    """The content of a genotype file, with definitions and margins if they are known.

    Attributes:
        name: For tables and legends.
        cells: Chosen edges by cell; for a network the places of its choices, with the branch under the empty source.
        paths: Level after each layer, by trellis.
        candidates: Definitions of operations by cell; empty if only genotypes are known.
        margins: Margins of the choices, if the run's search is known.
        same: By cell the operations that are another one's once retrained, with that one, if the network is known.
        network: The fingerprint of the retrained network, if it is known.
    """

    name: str
    cells: Mapping[str, CellGenotype]
    paths: Mapping[str, tuple[int, ...]]
    candidates: Mapping[str, Mapping[str, CandidateSpec]] = field(default_factory=dict[str, Mapping[str, CandidateSpec]])
    margins: Margins = field(default_factory=Margins)
    same: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    network: str | None = None

    def __repr__(self) -> str:
        return f"<Architecture {self.name}: {', '.join((*self.cells, *self.paths))}>"

    def operation(self, cell: str, name: str) -> str:
        """The first operation of a cell that is the same one as this."""
        return self.same.get(cell, {}).get(name, name)

    def is_network_of(self, other: "Architecture") -> bool:
        """Whether both are known to be one network."""
        return self.network is not None and self.network == other.network

    def genotypes(self) -> list[Genotype]:
        """The cells as records of the language."""
        return [
            Genotype(cell, {n: tuple(Term(o, s, NOWHERE) for s, o in terms.items()) for n, terms in nodes.items()}, NOWHERE)
            for cell, nodes in self.cells.items()
        ]

    def trellis_paths(self) -> list[TrellisPath]:
        """The paths as records of the language."""
        return [TrellisPath(name, levels, NOWHERE) for name, levels in self.paths.items()]


def of_spec(name: str, spec: Spec, candidates: Mapping[str, Mapping[str, CandidateSpec]] | None = None) -> Architecture:
    """The architecture in a checked spec.

    Args:
        name: Name for tables and legends.
        spec: A spec with genotypes, or a genotype file.
        candidates: Definitions to use instead of those in the spec.
    """
    chosen = {
        cell: {node: {t.source: t.operation for t in terms} for node, terms in genotype.nodes.items()}
        for cell, genotype in spec.genotypes.items()
    }
    paths = {trellis: path.levels for trellis, path in spec.paths.items()}
    return Architecture(name, chosen, paths, definitions(spec) if candidates is None else candidates)


def definitions(spec: Spec) -> dict[str, dict[str, CandidateSpec]]:
    """The candidates in a spec, by cell and name; empty for a network, whose branches its wires define."""
    ignored = Diagnostics()
    found = declarations(spec, ignored).cells
    networks = {name: dict[str, CandidateSpec]() for name in spec.networks if name in spec.genotypes}
    return networks | {name: {c.name: c for c in cell.candidates} for name, cell in found.items()}
