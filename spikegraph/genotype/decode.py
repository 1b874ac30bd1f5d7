"""From architecture parameters to a discrete architecture: the cells' edges (alpha) and the trellis's path (beta).

Parameters are nested lists of numbers, before the softmax. `decode_path.py` decodes the paths.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from spikegraph.genotype.decode_softmax import Matrix, finite, shape, softmax

CELL_INPUTS = ("prev2", "prev")
"""The cell's inputs in DARTS order: the output of the cell two before, and of the cell before."""


@dataclass(frozen=True)
class Edge:
    """An edge of a cell: the node it ends in, and the name of what it comes from."""

    node: int
    source: str


@dataclass(frozen=True)
class CellMargin:
    """How sure one decoded edge of a cell was, in differences of softmax probabilities.

    Attributes:
        candidate: the kept candidate's probability less the next best one's on this edge; 1 without another.
        edge: the edge's strength less that of the strongest edge dropped at the same node; None if none was.
    """

    candidate: float
    edge: float | None


def edges_of(nodes: int, inputs: int = 2) -> list[Edge]:
    """Every edge of a cell in DARTS order: node by node, from the cell's inputs, then from the nodes before.

    Args:
        nodes: number of nodes.
        inputs: number of cells before that feed this one; 2 are `prev2` and `prev`, 1 is `prev`, more count on.

    Returns:
        nodes * inputs + nodes * (nodes - 1) / 2 edges; their positions are the edges' numbers.

    Raises:
        ValueError: no node or no input.
    """
    if nodes < 1 or inputs < 1:
        raise ValueError(f"a cell has at least one node and one input, not {nodes} and {inputs}")
    names = [f"prev{k}" for k in range(inputs, 2, -1)] + list(CELL_INPUTS[-min(inputs, 2) :])
    return [Edge(node, source) for node in range(nodes) for source in (*names, *(f"n{earlier}" for earlier in range(node)))]


def decode_cell(
    alpha: Matrix,
    nodes: int,
    inputs: int = 2,
    keep: int = 2,
    rank_without: Sequence[int] = (),
    *,
    edges: Sequence[Edge] | None = None,
    without: Collection[tuple[int, int]] = (),
) -> list[tuple[int, int]]:
    """The afferent edges that each node keeps, and the candidate on each (paper, 3.2.1).

    An edge's strength is the largest softmax(alpha) of its candidates, the listed ones left out; the strongest
    `keep` edges of a node stay, all of them where it has no more. The candidate kept is the largest of all. Ties
    go to the lower edge and the earlier candidate.

    Args:
        alpha: [edges, candidates].
        nodes: number of nodes.
        inputs: number of cells before that feed this one.
        keep: afferent edges that stay at each node.
        rank_without: candidates that don't count in an edge's strength, such as the skip's.
        edges: the rows of alpha where the cell restricts its edges; `edges_of(nodes, inputs)` if None.
        without: (edge, candidate) that count as of probability 0; the others keep theirs.

    Returns:
        (edge, candidate) by ascending edge; the edge is the row of alpha.

    Raises:
        ValueError: alpha of another shape or not finite, keep < 1, or no candidate left to rank by.
    """
    rows = edges_of(nodes, inputs) if edges is None else list(edges)
    probability = _cell_probability(alpha, rows)
    for edge, candidate in without:
        probability[edge][candidate] = 0.0
    strength = _strength(probability, rank_without)
    if keep < 1:
        raise ValueError(f"a node keeps at least one edge, not {keep}")
    kept: list[int] = []
    for node in range(nodes):
        afferent = [k for k, edge in enumerate(rows) if edge.node == node]
        kept += sorted(afferent, key=lambda k: (-strength[k], k))[:keep]
    return [(k, probability[k].index(max(probability[k]))) for k in sorted(kept)]


def cell_margins(
    alpha: Matrix,
    kept: Sequence[tuple[int, int]],
    nodes: int,
    inputs: int = 2,
    *,
    rank_without: Sequence[int] = (),
    edges: Sequence[Edge] | None = None,
) -> list[CellMargin]:
    """How sure each choice of `decode_cell` was.

    Args:
        alpha: [edges, candidates], as decoded.
        kept: what `decode_cell` returned.
        nodes: as decoded.
        inputs: as decoded.
        rank_without: as decoded.
        edges: as decoded.

    Returns:
        One margin for each kept edge, in the same order.

    Raises:
        ValueError: as `decode_cell`.
    """
    rows = edges_of(nodes, inputs) if edges is None else list(edges)
    probability = _cell_probability(alpha, rows)
    strength = _strength(probability, rank_without)
    chosen = {edge for edge, _ in kept}
    margins: list[CellMargin] = []
    for edge, candidate in kept:
        own = probability[edge]
        others = [p for k, p in enumerate(own) if k != candidate]
        dropped = [strength[k] for k, row in enumerate(rows) if row.node == rows[edge].node and k not in chosen]
        margins.append(
            CellMargin(
                own[candidate] - max(others, default=0.0),
                strength[edge] - max(dropped) if dropped else None,
            )
        )
    return margins


def _cell_probability(alpha: Matrix, rows: Sequence[Edge]) -> list[list[float]]:
    """Softmax over the candidates of each edge, of an alpha that fits the cell."""
    found = shape(alpha)
    if len(found) != 2 or found[0] != len(rows) or found[1] < 1:
        raise ValueError(f"the cell has {len(rows)} edges, alpha has shape {found}")
    if not finite(alpha):
        raise ValueError("alpha is not finite")
    return [softmax(row) for row in alpha]


def _strength(probability: Matrix, rank_without: Collection[int]) -> list[float]:
    """The largest probability of each edge's candidates, those of `rank_without` left out."""
    counted = [k for k in range(len(probability[0])) if k not in rank_without]
    if not counted:
        raise ValueError("an edge's strength needs a candidate to rank by")
    return [max(row[k] for k in counted) for row in probability]
