"""Decisions of a seed, and decisions that follow those of an earlier specification."""

from collections.abc import Sequence
from random import Random

from typing_extensions import override

from spikegraph.ir.samples import Draw


class Drawn(Draw):
    """Decisions that follow given numbers, and behind them a random generator, or always the simplest.

    Attributes:
        taken: The decisions so far, each as its distance from the simplest. As the numbers of another draw they repeat it.
    """

    def __init__(self, numbers: Sequence[int] = (), rng: Random | None = None) -> None:
        self.taken: list[int] = []
        self._numbers, self._rng = numbers, rng

    @override
    def integer(self, low: int, high: int) -> int:
        number, most = len(self.taken), high - low
        if number < len(self._numbers):
            distance = min(self._numbers[number], most)
        else:
            distance = 0 if self._rng is None else self._rng.randint(0, most)
        self.taken.append(distance)
        return low + distance


def seeded(seed: int | str) -> Drawn:
    """The decisions of a seed."""
    return Drawn(rng=Random(seed))
