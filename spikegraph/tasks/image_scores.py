"""Measures of predictions for each pixel: means over an image's pixels with a truth, then over images."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.tasks.scores import Scores

if TYPE_CHECKING:
    from spikegraph.tasks.task import SampleSet


@dataclass
class ImageScores(Scores):
    """Accumulates images one by one; keeps a few numbers of each.

    Attributes:
        names: The names of the measures.
        nothing: What is said where no pixel has a truth.
        rows: The measures of each image that has a pixel with a truth.
    """

    names: ClassVar[tuple[str, ...]]
    nothing: ClassVar[str]
    rows: list[tuple[float, ...]] = field(default_factory=list[tuple[float, ...]], kw_only=True)

    @abstractmethod
    def known(self, true: NDArray[np.float64]) -> NDArray[np.bool_]:
        """The pixels [H, W] of an image that have a truth."""

    @abstractmethod
    def measures(self, guess: NDArray[np.float64], true: NDArray[np.float64]) -> tuple[float, ...]:
        """The measures of an image, of the values [..., P] of its pixels with a truth."""

    @override
    def add(self, predicted: NDArray[Any], target: NDArray[Any]) -> None:
        for guess, true in zip(predicted.astype(np.float64), target.astype(np.float64), strict=True):
            known = self.known(true)
            if known.any():
                self.rows.append(self.measures(guess[..., known], true[..., known]))

    @override
    def extend(self, other: Self) -> None:
        self.rows += other.rows

    @override
    def metrics(self) -> Mapping[str, float]:
        if not self.rows:
            raise ValueError(self.nothing)
        return dict(zip(self.names, map(float, np.mean(self.rows, axis=0)), strict=True))


def mean_of_training(train: SampleSet, test: SampleSet, scores: ImageScores) -> Mapping[str, float]:
    """Metrics of always predicting the mean of the training set's truths [C, H, W], of each channel and pixel that counts.

    Raises:
        DataError: A sample can't be read.
    """
    total, count = 0.0, 0
    for sample in train.samples():
        known = scores.known(sample.target.astype(np.float64))
        total, count = total + sample.target[:, known].astype(np.float64).sum(1), count + int(known.sum())
    mean = np.reshape(total / max(count, 1), (-1, 1, 1))
    for sample in test.samples():
        scores.add(np.broadcast_to(mean, sample.target.shape)[None], sample.target[None])
    return scores.metrics()
