"""Decodes the architecture parameters of cells (alpha) to kept edges (Che et al., NeurIPS 2022, section 3.2.1).

Parameters are nested lists of numbers before the softmax. `decode_path.py` decodes the paths of trellises (beta).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from spikegraph.genotype.decode_softmax import Matrix, finite, shape, softmax

CELL_INPUTS = ("prev2", "prev")
"""The cell's inputs in DARTS order: the output of the cell two before and that of the cell before."""


@dataclass(frozen=True)
class Edge:
    """An edge of a cell: the number of its node and the name of its source."""

    node: int
    source: str


@dataclass(frozen=True)
class CellMargin:
    """Margins of one decoded edge of a cell, as differences of softmax probabilities.

    Attributes:
        candidate: The kept candidate's probability less the next best one's on this edge; 1 without another.
        edge: The edge's strength less that of the strongest dropped edge of the same node; None if none was dropped.
    """

    candidate: float
    edge: float | None


def edges_of(nodes: int, inputs: int = 2) -> list[Edge]:
    """All edges of a cell in DARTS order: node by node, from the cell's inputs, then from earlier nodes.

    Args:
        nodes: Number of nodes.
        inputs: Number of the cell's inputs: 1 is `prev`, 2 are `prev2` and `prev`, 3 are `prev3`, `prev2` and `prev`.

    Returns:
        nodes * inputs + nodes * (nodes - 1) / 2 edges; an edge's number is its index.

    Raises:
        ValueError: There is no node or no input.
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
    weights: Sequence[float] | None = None,
) -> list[tuple[int, int]]:
    """Selects the afferent edges of each node and the candidate of each edge (section 3.2.1).

    An edge's strength is the largest softmax(alpha) of its candidates, except those in `rank_without`; with `weights`, times
    the softmax of these over the edges that enter its node. Each node keeps
    its `keep` strongest edges, or all if it has fewer, and each edge its most probable candidate. Ties go to the
    lower edge and the earlier candidate.

    Args:
        alpha: Architecture parameters, [edges, candidates].
        nodes: Number of nodes.
        inputs: Number of the cell's inputs.
        keep: Number of edges to keep at each node.
        rank_without: Candidates that don't count for an edge's strength, such as the skip.
        edges: The edges of the rows of alpha, if the cell restricts them; `edges_of(nodes, inputs)` if None.
        without: Pairs (edge, candidate) whose probability is set to 0; other probabilities don't change.
        weights: The parameters of the edges, [edges], if they have some.

    Returns:
        Pairs (edge, candidate) by ascending edge; the edge is a row of alpha.

    Raises:
        ValueError: alpha has another shape or is not finite, keep < 1, or every candidate is in `rank_without`.
    """
    rows = edges_of(nodes, inputs) if edges is None else list(edges)
    probability = _cell_probability(alpha, rows)
    for edge, candidate in without:
        probability[edge][candidate] = 0.0
    strength = _strength(probability, rank_without, _edge_probability(weights, rows))
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
    weights: Sequence[float] | None = None,
) -> list[CellMargin]:
    """The margins of the choices of `decode_cell`.

    Args:
        alpha: Architecture parameters, [edges, candidates].
        kept: The result of `decode_cell`.
        nodes: As in `decode_cell`.
        inputs: As in `decode_cell`.
        rank_without: As in `decode_cell`.
        edges: As in `decode_cell`.
        weights: As in `decode_cell`.

    Returns:
        One margin for each kept edge, in the same order.

    Raises:
        ValueError: As in `decode_cell`.
    """
    rows = edges_of(nodes, inputs) if edges is None else list(edges)
    probability = _cell_probability(alpha, rows)
    strength = _strength(probability, rank_without, _edge_probability(weights, rows))
    chosen = {edge for edge, _ in kept}
    margins: list[CellMargin] = []
    for edge, candidate in kept:
        own = probability[edge]
        others = [p for k, p in enumerate(own) if k != candidate]
        dropped = [strength[k] for k, row in enumerate(rows) if row.node == rows[edge].node and k not in chosen]
        margins.append(
            CellMargin(own[candidate] - max(others, default=0.0), strength[edge] - max(dropped) if dropped else None)
        )
    return margins


def _cell_probability(alpha: Matrix, rows: Sequence[Edge]) -> list[list[float]]:
    """Checks alpha, and returns the softmax over the candidates of each edge."""
    found = shape(alpha)
    if len(found) != 2 or found[0] != len(rows) or found[1] < 1:
        raise ValueError(f"the cell has {len(rows)} edges, but alpha has shape {found}")
    if not finite(alpha):
        raise ValueError("alpha is not finite")
    return [softmax(row) for row in alpha]


def _strength(probability: Matrix, rank_without: Collection[int], share: Sequence[float]) -> list[float]:
    """The largest probability of each edge's candidates, except those in `rank_without`, times the share of the edge."""
    counted = [k for k in range(len(probability[0])) if k not in rank_without]
    if not counted:
        raise ValueError("an edge's strength needs a candidate to rank by")
    return [of * max(row[k] for k in counted) for of, row in zip(share, probability, strict=True)]


def _edge_probability(weights: Sequence[float] | None, rows: Sequence[Edge]) -> list[float]:
    """The softmax of the edges' parameters over those that enter the same node; 1 for each without parameters."""
    if weights is None:
        return [1.0] * len(rows)
    if len(weights) != len(rows) or not finite([weights]):
        raise ValueError(f"the cell has {len(rows)} edges, but its edges' parameters are {list(weights)}")
    found = [0.0] * len(rows)
    for node in {edge.node for edge in rows}:
        afferent = [k for k, edge in enumerate(rows) if edge.node == node]
        for k, share in zip(afferent, softmax([weights[k] for k in afferent]), strict=True):
            found[k] = share
    return found


def strengths(
    alpha: Matrix, edges: Sequence[Edge], rank_without: Collection[int] = (), weights: Sequence[float] | None = None
) -> list[float]:
    """The strength of each edge, by which decoding ranks it; arguments as in `decode_cell`."""
    return _strength(_cell_probability(alpha, edges), rank_without, _edge_probability(weights, edges))
