"""Optical flow: where each pixel moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.tasks.scores import Scores
from spikegraph.tasks.task import SampleSet, Task, mirrored

if TYPE_CHECKING:
    from spikegraph.data.sample import About, Sample

FAR = 3.0
"""End-point error in pixels above which a pixel is an outlier."""


@dataclass
class FlowScores(Scores):
    """Scores of optical flow: the mean over an image's pixels with a target, then over images.

    The end-point error of a pixel is the length of the difference from the true flow; an outlier has more than 3 pixels.
    """

    rows: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])

    @override
    def add(self, predicted: NDArray[np.floating], target: NDArray[Any]) -> None:
        """Adds flows [N, 2, H, W] in pixels; the target isn't finite where it isn't known."""
        for guess, true in zip(predicted.astype(np.float64), target.astype(np.float64), strict=True):
            valid = np.isfinite(true).all(0)
            if valid.any():
                error = cast("NDArray[np.float64]", np.hypot(*(guess - true)[:, valid]))
                self.rows.append((float(error.mean()), 100 * float((error > FAR).mean())))

    @override
    def extend(self, other: Self) -> None:
        self.rows += other.rows

    @override
    def metrics(self) -> Mapping[str, float]:
        if not self.rows:
            raise ValueError("no pixel has a true flow")
        error, outliers = (float(v) for v in np.array(self.rows).mean(0))
        return {"mean_end_point_error_px": error, "outliers_percent": outliers}


class Flow(Task):
    """Optical flow, float [2, H, W]: pixels to the right and down, not finite where it isn't known."""

    name = "flow"
    words = "true optical flow"
    score = "error"
    help = "use `end_point_error`"
    pixels = True
    padding = float("inf")
    look = "directions"
    examples = 3

    @override
    def scores(self, about: About) -> FlowScores:
        return FlowScores()

    @override
    def mirrored(self, sample: Sample) -> Sample:
        flipped = mirrored(self, sample)
        return replace(flipped, target=flipped.target * np.array([-1, 1], flipped.target.dtype)[:, None, None])

    @override
    def baselines(self, train: SampleSet, test: SampleSet, about: About) -> Mapping[str, Mapping[str, float]]:
        """The mean flow of the training set."""
        total, count = np.zeros(2), 0
        for sample in train.samples():
            known = np.isfinite(sample.target).all(0)
            total += sample.target[:, known].astype(np.float64).sum(1)
            count += int(known.sum())
        scores, mean = FlowScores(), total / max(count, 1)
        for sample in test.samples():
            scores.add(np.broadcast_to(mean[None, :, None, None], (1, *sample.target.shape)), sample.target[None])
        return {"mean flow": scores.metrics()}
