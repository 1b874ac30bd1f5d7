"""Open choices, whose weights follow from the architecture parameters (Che et al., NeurIPS 2022, section 3.2 and Eq. 4)."""

from collections.abc import Sequence

import numpy as np

from spikegraph.ir.ops.wide import Fan
from spikegraph.ir.ops.wiring import Mix, Route, WeightedGather
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.references import reference


def softmax(x: Array, axis: int = 0) -> Array:
    """exp(x) / sum of exp(x)."""
    shifted = np.exp(x - x.max(axis=axis, keepdims=True))
    return shifted / shifted.sum(axis=axis, keepdims=True)


def _weighted(weights: Sequence[float] | Array, xs: Sequence[Array]) -> Array:
    return sum((w * x for w, x in zip(weights, xs, strict=True)), np.zeros(()))


@reference(Mix)
def mix(call: Call[Mix], *xs: Array) -> Array:
    """The candidates of an edge, weighted by the softmax of its row of `CELL.alpha` (Eq. 4)."""
    return _weighted(softmax(call.tensor("alpha", call.op.cell)[call.op.edge]), xs)


@reference(WeightedGather)
def weighted_gather(call: Call[WeightedGather], *xs: Array) -> Array:
    """The edges of a node, weighted by keep * softmax over their entries of `CELL.edges`."""
    entries = call.tensor("edges", call.op.cell)[list(call.op.edges)]
    return _weighted(call.op.keep * softmax(entries), xs)


@reference(Route)
def route(call: Call[Route], *xs: Array) -> Array:
    """The cell's output for each source level, weighted by the softmax over the source's moves that the trellis allows."""
    op, weights = call.op, list[float]()
    beta = call.tensor("beta", op.trellis)[op.layer]
    for source in op.sources:
        moves = [move for move in (-1, 0, 1) if _allowed(source, move, op.levels, op.finest)]
        shares = softmax(beta[source, [move + 1 for move in moves]])
        weights.append(float(shares[moves.index(op.level - source)]))
    return _weighted(weights, xs)


def _allowed(source: int, move: int, levels: int, finest: int) -> bool:
    """Whether a path may go from a level to another: within the levels, and straight down until it has reached the finest."""
    to = source + move
    if source < finest:
        return move == 1
    return finest <= to < levels


@reference(Fan)
def fan(call: Call[Fan], *xs: Array) -> Array:
    """The open choices of several edges, side by side."""
    op, edges = call.op, list[Array]()
    for edge, row in enumerate(op.edges):
        shares = softmax(call.tensor("alpha", op.cell)[row])
        takes = [t for t in op.takes if t.edge == edge]
        parts: list[Array] = [xs[t.operand][:, :, t.start : t.start + op.width] for t in takes]
        edges.append(_weighted([float(shares[t.candidate]) for t in takes], parts))
    steps = max(e.shape[0] for e in edges)
    return np.concatenate([np.broadcast_to(e, (steps, *e.shape[1:])) for e in edges], axis=2)
