"""The genotypes and paths of a spec as the passes take them."""

from spikegraph.dsl.spec import Spec
from spikegraph.ir.cellspec import KeptEdge


def kept_edges(spec: Spec) -> dict[str, tuple[KeptEdge, ...]]:
    """The kept edges by cell."""
    return {
        cell: tuple(KeptEdge(node=n, operation=t.operation, source=t.source) for n, terms in g.nodes.items() for t in terms)
        for cell, g in spec.genotypes.items()
    }


def paths(spec: Spec) -> dict[str, tuple[int, ...]]:
    """The level after each layer by trellis."""
    return {name: p.levels for name, p in spec.paths.items()}
