"""Decodes the architecture parameters of a trellis (beta) to a path (Che et al., NeurIPS 2022, section 3.2.2)."""

import math
from collections.abc import Collection, Sequence

from spikegraph.genotype.decode_softmax import Cube, finite, shape, softmax

_TIE = 1e-12
"""Log-probabilities closer than this are a tie: products of the same factors in another order differ by rounding."""


def viterbi(beta: Cube, excluded: Collection[tuple[int, ...]] = ()) -> tuple[tuple[int, ...], float]:
    """The most probable path through the trellis (section 3.2.2), by dynamic programming.

    A position's moves are finer (level - 1), same, coarser (level + 1). Moves that leave the trellis are masked, the
    others have softmax probabilities, and a path's probability is the product over its moves. A path starts at level
    0 before the first layer. Ties go to the lower level, at the last layer first, then backwards.

    Args:
        beta: Architecture parameters by layer, level before the layer, and move, [layers, levels, 3].
        excluded: Moves (layer, level before, move) that the trellis rules out, besides those that leave it.

    Returns:
        The level after each layer, and the path's probability.

    Raises:
        ValueError: beta has another shape or is not finite.
    """
    probability = trellis_probability(beta, excluded)
    levels = len(probability[0])
    score = [0.0, *[-math.inf] * (levels - 1)]
    before: list[list[int]] = []
    for positions in probability:
        arriving = [[-math.inf] * levels for _ in range(levels)]  # [level after, level before]
        for level, moves in enumerate(positions):
            for after, p in enumerate(moves, level - 1):
                if 0 <= after < levels and p > 0:
                    arriving[after][level] = score[level] + math.log(p)
        before.append([_lowest_best(row) for row in arriving])
        score = [max(row) for row in arriving]
    path = [_lowest_best(score)]
    for layer in range(len(probability) - 1, 0, -1):
        path.append(before[layer][path[-1]])
    path.reverse()
    return tuple(path), math.prod(probability[layer][level][move] for layer, level, move in _moves(path))


def path_margins(beta: Cube, path: Sequence[int]) -> list[float]:
    """The margin of each move of a path: its probability less that of the best other move from its position.

    A margin is negative if the most probable path contains a move that is not the most probable at its position.

    Args:
        beta: Architecture parameters, [layers, levels, 3].
        path: The level after each layer, as returned by `viterbi`.

    Returns:
        One difference for each layer; 1 where a position has no other move.

    Raises:
        ValueError: beta has another shape or is not finite, or the path is not possible in its trellis.
    """
    probability = trellis_probability(beta)
    layers, levels = len(probability), len(probability[0])
    if len(path) != layers or any(not 0 <= level < levels for level in path):
        raise ValueError(f"the path {list(path)} does not fit {layers} layers and {levels} levels")
    margins: list[float] = []
    for layer, level, move in _moves(path):
        moves = probability[layer][level]
        margins.append(moves[move] - max(p for k, p in enumerate(moves) if k != move))
    return margins


def trellis_probability(beta: Cube, excluded: Collection[tuple[int, ...]] = ()) -> list[list[list[float]]]:
    """Softmax over the moves of each position; moves that leave the trellis are masked.

    Args:
        beta: Architecture parameters, [layers, levels, 3].
        excluded: Moves (layer, level before, move) that are masked too.

    Returns:
        Probabilities of the same shape; 0 for masked moves.

    Raises:
        ValueError: beta has another shape or is not finite.
    """
    found = shape(beta)
    if len(found) != 3 or found[2] != 3:
        raise ValueError(f"beta must have shape [layers, levels, 3], not {found}")
    if not all(map(finite, beta)):
        raise ValueError("beta is not finite")
    last = found[1] - 1

    def masked(layer: int, level: int, moves: Sequence[float]) -> list[float]:
        out = {(layer, level, move) for move in range(3) if not 0 <= level + move - 1 <= last}.union(excluded)
        return [-math.inf if (layer, level, move) in out else value for move, value in enumerate(moves)]

    return [
        [softmax(masked(layer, level, moves)) for level, moves in enumerate(positions)] for layer, positions in enumerate(beta)
    ]


def _moves(path: Sequence[int]) -> list[tuple[int, int, int]]:
    """The moves of a path as (layer, level before, move).

    Raises:
        ValueError: A move changes the level by more than one.
    """
    levels = [0, *path]
    steps = [(layer, level, levels[layer + 1] - level + 1) for layer, level in enumerate(levels[:-1])]
    for layer, level, move in steps:
        if not 0 <= move <= 2:
            raise ValueError(f"the path jumps from level {level} to {path[layer]} at layer {layer}")
    return steps


def _lowest_best(score: Sequence[float]) -> int:
    """The lowest index whose score ties with the best."""
    best = max(score)
    return next(k for k, value in enumerate(score) if value >= best - _TIE)
