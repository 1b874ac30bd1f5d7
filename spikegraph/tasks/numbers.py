"""Regression: numbers for each sample, for each time step, or for each pixel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.data.sample import between
from spikegraph.tasks.given import finite_or_unknown, numbers
from spikegraph.tasks.scores import Scores
from spikegraph.tasks.task import SampleSet, Task, mirrored

if TYPE_CHECKING:
    from spikegraph.data.sample import About, Sample


@dataclass
class NumberScores(Scores):
    """Squared and absolute errors, the means over all numbers that are known.

    Attributes:
        squares: The sum of squared errors.
        sizes: The sum of absolute errors.
        known: How many numbers there are.
    """

    squares: float = 0.0
    sizes: float = 0.0
    known: int = 0

    @override
    def add(self, predicted: NDArray[Any], target: NDArray[Any]) -> None:
        known = np.isfinite(target)
        errors = predicted[known].astype(np.float64) - target[known].astype(np.float64)
        self.squares += float((errors**2).sum())
        self.sizes += float(np.abs(errors).sum())
        self.known += errors.size

    @override
    def extend(self, other: Self) -> None:
        self.squares, self.sizes, self.known = self.squares + other.squares, self.sizes + other.sizes, self.known + other.known

    @override
    def metrics(self) -> Mapping[str, float]:
        if not self.known:
            raise ValueError("no target is known")
        return {"mean_squared_error": self.squares / self.known, "mean_absolute_error": self.sizes / self.known}


class Numbers(Task):
    """Numbers, float [K], or [T', K] for the last time steps; not finite where they aren't known."""

    name = "numbers"
    words = "numbers"
    score = "error"
    help = "use `mse`, `l1` or `huber`"
    mixes = True

    @override
    def scores(self, about: About) -> Scores:
        return NumberScores()

    @override
    def checked(self, target: Any) -> NDArray[np.float32]:
        """Numbers [K] or [T', K]; a single number is [1]."""
        found = np.atleast_1d(finite_or_unknown(numbers(target)))
        if found.ndim > 2:
            raise ValueError("give numbers [K], or [T, K] for time steps")
        return found

    @override
    def each_step(self, target: NDArray[Any]) -> bool:
        return target.ndim == 2

    @override
    def baselines(self, train: SampleSet, test: SampleSet, about: About) -> Mapping[str, Mapping[str, float]]:
        """The mean of the training set's targets."""
        total, count = 0.0, 0.0
        for sample in train.samples():
            found = self.known_rows(sample)
            known = np.isfinite(found)
            total, count = total + np.where(known, found, 0).sum(0), count + known.sum(0)
        scores, mean = NumberScores(), total / np.maximum(count, 1)
        for sample in test.samples():
            found = self.known_rows(sample)
            scores.add(np.broadcast_to(mean, found.shape), found)
        return {"mean target": scores.metrics()}

    @override
    def mixed(self, sample: Sample, other: Sample, share: float) -> Sample:
        """The mean of both targets by their shares."""
        counted = None if sample.counted is None or other.counted is None else sample.counted & other.counted
        return replace(sample, target=between(sample.target, other.target, share), counted=counted)

    def known_rows(self, sample: Sample) -> NDArray[Any]:
        """The targets that count as rows [M, K]."""
        return sample.target[None] if sample.counted is None else sample.target[sample.counted]


def planes_of(target: Any) -> NDArray[np.float32]:
    """Numbers [K, H, W] that are given in Python, those of one channel also as [H, W].

    Raises:
        ValueError: They have other axes, or aren't numbers.
    """
    found = numbers(target)
    if found.ndim not in (2, 3):
        raise ValueError("give numbers [K, H, W], or [H, W]")
    return found if found.ndim == 3 else found[None]


class Map(Numbers):
    """Numbers for each pixel, float [K, H, W]; not finite where they aren't known."""

    name = "map"
    words = "numbers for each pixel"
    pixels = True
    padding = float("inf")
    look = "numbers"
    examples = 3
    mixes = False

    @override
    def checked(self, target: Any) -> NDArray[np.float32]:
        """Numbers [K, H, W]; those of one channel may be given as [H, W]."""
        return finite_or_unknown(planes_of(target))

    @override
    def mixed(self, sample: Sample, other: Sample, share: float) -> Sample:
        return Task.mixed(self, sample, other, share)

    @override
    def mirrored(self, sample: Sample) -> Sample:
        return mirrored(self, sample)

    @override
    def known_rows(self, sample: Sample) -> NDArray[Any]:
        return sample.target.reshape(len(sample.target), -1).T
