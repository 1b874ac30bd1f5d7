"""Compares many networks on samples that they share: in rounds, from which the worse half drops out."""

from collections.abc import Callable, Sequence

ROUNDS = (4, 4, 2)
"""The rounds of a ranking, each on one in so many of the samples: after the first and the second the worse half drops out."""


def in_rounds(count: int, measure: Callable[[int, Sequence[int]], Sequence[float]]) -> list[int]:
    """The order of networks by their loss, the best first; what dropped out earlier is behind.

    Args:
        count: The number of networks.
        measure: The mean losses of some networks, by number, on the samples of a round.
    """
    left, behind, sums = list(range(count)), list[int](), [0.0] * count
    for number, part in enumerate(ROUNDS):
        for k, loss in zip(left, measure(number, left), strict=True):
            sums[k] += loss / part
        order = sorted(left, key=lambda k: sums[k])
        half = -(-len(order) // 2)
        left, behind = sorted(order[:half]), [*order[half:], *behind]
    return [*sorted(left, key=lambda k: sums[k]), *behind]
