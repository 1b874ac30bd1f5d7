"""Optical flow: where each pixel moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.tasks.given import numbers
from spikegraph.tasks.image_scores import ImageScores, mean_of_training
from spikegraph.tasks.task import SampleSet, Task, mirrored

if TYPE_CHECKING:
    from spikegraph.data.sample import About, Sample

FAR = 3.0
"""End-point error in pixels above which a pixel is an outlier."""


class FlowScores(ImageScores):
    """Scores of optical flow [N, 2, H, W] in pixels; the target isn't finite where it isn't known.

    The end-point error of a pixel is the length of the difference from the true flow; an outlier has more than 3 pixels.
    """

    names = ("mean_end_point_error_px", "outliers_percent")
    nothing = "no pixel has a true flow"

    @override
    def known(self, true: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.logical_and.reduce(np.isfinite(true))

    @override
    def measures(self, guess: NDArray[np.float64], true: NDArray[np.float64]) -> tuple[float, ...]:
        error = cast("NDArray[np.float64]", np.hypot(*(guess - true)))
        return float(error.mean()), 100 * float((error > FAR).mean())


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
    def checked(self, target: Any) -> NDArray[np.float32]:
        found = numbers(target)
        if found.ndim != 3 or len(found) != 2:
            raise ValueError("give flows [2, H, W]: pixels to the right and down")
        return found

    @override
    def known(self, sample: Sample, about: About) -> NDArray[Any]:
        """The flow of the pixels whose both components are known, [2, M]."""
        return sample.target[:, np.isfinite(sample.target).all(0)]

    @override
    def mirrored(self, sample: Sample) -> Sample:
        flipped = mirrored(self, sample)
        return replace(flipped, target=flipped.target * np.array([-1, 1], flipped.target.dtype)[:, None, None])

    @override
    def baselines(self, train: SampleSet, test: SampleSet, about: About) -> Mapping[str, Mapping[str, float]]:
        """The mean flow of the training set."""
        return {"mean flow": mean_of_training(train, test, FlowScores())}
