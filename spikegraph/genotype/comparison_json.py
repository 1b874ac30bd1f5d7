"""Comparisons of architectures as JSON."""

from typing import Any

from spikegraph.genotype.agreement import Agreement
from spikegraph.genotype.architecture import Architecture
from spikegraph.genotype.comparison_text import consensus_text
from spikegraph.genotype.diff import Difference, Kept

FORMAT_VERSION = 1


def difference_data(difference: Difference) -> dict[str, Any]:
    """A difference as JSON data, with the first architecture's names of operations."""
    a, b = difference.a, difference.b
    return {
        "format_version": FORMAT_VERSION,
        "a": a.name,
        "b": b.name,
        "equal": not difference.different,
        "same_network": difference.same_network,
        "same_operations": [
            {"cell": e.cell, "node": e.node, "before": str(e.before), "after": str(e.after)} for e in difference.alike
        ],
        "edges": [
            {
                "cell": e.cell,
                "node": e.node,
                "change": e.kind,
                "before": _kept(a, e.cell, e.node, e.before),
                "after": _kept(b, e.cell, e.node, e.after),
            }
            for e in difference.edges
        ],
        "levels": [
            {
                "trellis": c.trellis,
                "layer": c.layer,
                "before": c.before,
                "after": c.after,
                "margins": _moves(difference, c.trellis, c.layer),
            }
            for c in difference.levels
        ],
        "candidates": [
            {
                "cell": c.cell,
                "change": c.kind,
                "before": c.before,
                "after": c.after,
                "own": c.own,
                "definitions": list(c.definitions),
            }
            for c in difference.candidates
        ],
        "perhaps_renamed": [{"cell": g.cell, "names": dict(g.names)} for g in difference.guesses],
    }


def agreement_data(agreement: Agreement) -> dict[str, Any]:
    """An agreement as JSON data; `of` has indices of `architectures`."""
    return {
        "format_version": FORMAT_VERSION,
        "architectures": [a.name for a in agreement.architectures],
        "equal": not agreement.different,
        "edges": [
            {
                "cell": v.cell,
                "node": v.node,
                "source": v.kept.source,
                "operation": v.kept.operation,
                "of": list(v.of),
                "majority": v.majority,
            }
            for v in agreement.votes
        ],
        "levels": [
            {"trellis": v.trellis, "layer": v.layer, "level": v.level, "of": list(v.of), "majority": v.majority}
            for v in agreement.levels
        ],
        "consensus": consensus_text(agreement),
        "choices": agreement.choices,
        "distances": [list(row) for row in agreement.distances],
    }


def _kept(architecture: Architecture, cell: str, node: str, kept: Kept | None) -> dict[str, Any] | None:
    """An edge with its margins; null if they are not known."""
    if kept is None:
        return None
    key = (cell, node, kept.source)
    margins = {"operation": architecture.margins.candidates.get(key), "edge": architecture.margins.edges.get(key)}
    return {"operation": kept.operation, "source": kept.source, "margins": margins}


def _moves(difference: Difference, trellis: str, layer: int) -> list[float | None]:
    """The margins of a layer's move in both architectures; null if they are not known."""
    known = [a.margins.moves.get(trellis, ()) for a in (difference.a, difference.b)]
    return [moves[layer] if layer < len(moves) else None for moves in known]
