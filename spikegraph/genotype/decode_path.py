"""From a trellis's architecture parameters (beta) to its path."""

import math
from collections.abc import Sequence

import numpy as np

from spikegraph.genotype.decode_softmax import Array, softmax

_TIE = 1e-12
"""Log-probabilities this close are a tie: a product of the same factors in another order differs by rounding."""


def viterbi(beta: Array) -> tuple[tuple[int, ...], float]:
    """The most probable path through the trellis (paper, 3.2.2), by dynamic programming.

    A position's moves are finer (level - 1), same, coarser (level + 1). Moves that leave the trellis are masked,
    the softmax over the others gives their probabilities, and a path's probability is their product. It starts at
    level 0 before the first layer. Ties go to the lower level, at the last layer first, then backwards.

    Args:
        beta: [layers, levels, 3]: layer, level before the layer, move.

    Returns:
        The level after each layer, and the path's probability.

    Raises:
        ValueError: beta of another shape or not finite.
    """
    probability = trellis_probability(beta)
    layers, levels, _ = probability.shape
    with np.errstate(divide="ignore"):
        log = np.log(probability)
    score = np.full(levels, -np.inf)
    score[0] = 0.0
    before = np.zeros((layers, levels), dtype=np.int64)
    for layer in range(layers):
        arriving = np.full((levels, levels), -np.inf)  # [level after, level before]
        for level in range(levels):
            for move in range(3):
                if 0 <= level + move - 1 < levels:
                    arriving[level + move - 1, level] = score[level] + log[layer, level, move]
        before[layer] = [_lowest_best(row) for row in arriving]
        score = arriving.max(axis=1)
    path = [_lowest_best(score)]
    for layer in range(layers - 1, 0, -1):
        path.append(int(before[layer, path[-1]]))
    path.reverse()
    return tuple(path), math.prod(float(probability[step]) for step in _moves(path))


def path_margins(beta: Array, path: Sequence[int]) -> list[float]:
    """How sure each move of a path was: its probability less that of the best other move from its position.

    Negative where the product of the whole path outweighs one move that is not the most probable.

    Args:
        beta: [layers, levels, 3], as decoded.
        path: what `viterbi` returned, the level after each layer.

    Returns:
        One difference for each layer; 1 where a position has no other move.

    Raises:
        ValueError: beta of another shape or not finite, or a path that is not one of its trellis.
    """
    probability = trellis_probability(beta)
    layers, levels, _ = probability.shape
    if len(path) != layers or any(not 0 <= level < levels for level in path):
        raise ValueError(f"the path {list(path)} is not one of {layers} layers and {levels} levels")
    margins: list[float] = []
    for layer, level, move in _moves(path):
        others = np.delete(probability[layer, level], move)
        margins.append(float(probability[layer, level, move] - others.max()))
    return margins


def trellis_probability(beta: Array) -> Array:
    """Softmax over the moves of each position, with the moves that leave the trellis masked before it.

    Args:
        beta: [layers, levels, 3].

    Returns:
        Probabilities of the same shape, 0 for masked moves.

    Raises:
        ValueError: beta of another shape or not finite.
    """
    if beta.ndim != 3 or beta.shape[2] != 3 or beta.size == 0:
        raise ValueError(f"beta has shape [layers, levels, 3], not {list(beta.shape)}")
    if not np.isfinite(beta).all():
        raise ValueError("beta is not finite")
    masked = np.array(beta, dtype=np.float64)
    masked[:, 0, 0] = -np.inf
    masked[:, -1, 2] = -np.inf
    return softmax(masked)


def _moves(path: Sequence[int]) -> list[tuple[int, int, int]]:
    """The (layer, level before, move) of each step of a path.

    Raises:
        ValueError: a step of more than one level.
    """
    levels = [0, *path]
    steps = [(layer, level, levels[layer + 1] - level + 1) for layer, level in enumerate(levels[:-1])]
    for layer, level, move in steps:
        if not 0 <= move <= 2:
            raise ValueError(f"the path jumps from level {level} to {path[layer]} at layer {layer}")
    return steps


def _lowest_best(score: Array) -> int:
    """The lowest index whose score ties with the best."""
    best = score.max()
    return int(np.flatnonzero(score >= best - _TIE)[0]) if best > -np.inf else 0
