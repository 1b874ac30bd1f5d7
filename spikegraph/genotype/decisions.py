"""How clearly a search decided: the margin of each decision of an architecture that was decoded from alpha and beta."""

from collections.abc import Mapping, Sequence
from typing import Any

from spikegraph.dsl.schema.methods import CHOOSE
from spikegraph.dsl.spec import Genotype, Spec, TrellisPath
from spikegraph.genotype.decode import cell_margins
from spikegraph.genotype.decode_path import path_margins
from spikegraph.genotype.searched import not_ranked, numbered_edges
from spikegraph.genotype.wire_choices import decision, split
from spikegraph.ir.architecture import cells_of
from spikegraph.ir.graph import Graph

UNDECIDED = 0.05
"""A decision with a smaller margin is undecided: another seed may well decide otherwise."""


def chosen_by_alpha(spec: Spec) -> bool:
    """Whether alpha and beta decide what a search finds; other ways to choose may keep what they rank low."""
    if spec.search is None or CHOOSE.name not in spec.search.method.named:
        return True
    return CHOOSE.of(spec.search.method.named).name == "alpha"


def decision_margins(
    graph: Graph, values: Mapping[str, Any], genotypes: Sequence[Genotype], paths: Sequence[TrellisPath]
) -> dict[str, float]:
    """The margin of each decision, by its text: `normal.n0 = c3(prev)`, `net.b1 = c3`, `feature_path[2] = 1`.

    That of an edge is the smaller one of two: of its operation, over the next best on the edge, and of the edge itself, over
    the strongest one that its node dropped.

    Args:
        graph: The searched network at stage `space`.
        values: `CELL.alpha` and `TRELLIS.beta` by name, as nested lists.
        genotypes: The decoded genotypes.
        paths: The decoded paths.

    Raises:
        ValueError: The values don't fit the graph.
    """
    cells, found = cells_of(graph), dict[str, float]()
    for genotype in split(genotypes):
        cell, alpha = cells[genotype.cell], values.get(f"{genotype.cell}.alpha")
        if alpha is None:
            continue
        rows, names = cell.edge_list(), [c.name for c in cell.candidates]
        terms = [(node, term) for node, of_node in genotype.nodes.items() for term in of_node]
        kept = [(rows.index((node, term.source)), names.index(term.operation)) for node, term in terms]
        numbered, without = numbered_edges(cell), not_ranked(cell)
        weights, inputs = values.get(f"{genotype.cell}.edges"), len(cell.inputs)
        margins = cell_margins(alpha, kept, cell.nodes, inputs, rank_without=without, edges=numbered, weights=weights)
        for (node, term), margin in zip(terms, margins, strict=True):
            smaller = margin.candidate if margin.edge is None else min(margin.candidate, margin.edge)
            found[decision(genotype.cell, node, term.operation, term.source)] = smaller
    for path in paths:
        beta = values.get(f"{path.trellis}.beta")
        margins = [] if beta is None else path_margins(beta, path.levels)
        levels = zip(path.levels, margins, strict=False)
        found |= {f"{path.trellis}[{layer}] = {level}": margin for layer, (level, margin) in enumerate(levels)}
    return found


def is_undecided(margin: float) -> bool:
    """Whether a decision is undecided."""
    return margin < UNDECIDED


def decided(margins: Mapping[str, float]) -> str:
    """How many decisions are undecided, as a sentence without its end."""
    open_, all_ = sum(map(is_undecided, margins.values())), len(margins)
    if not open_:
        return f"each of {all_} decisions has a margin of at least {UNDECIDED:g}"
    are = "is" if open_ == 1 else "are"
    return f"{open_} of {all_} decisions {are} undecided (margin below {UNDECIDED:g})"


def margin_text(margin: float) -> str:
    """A margin for people: `0.012 undecided`."""
    return f"{margin:.3f}{' undecided' if is_undecided(margin) else ''}"
