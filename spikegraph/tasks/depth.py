"""Depth: the distance of what each pixel shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.tasks.image_scores import ImageScores, mean_of_training
from spikegraph.tasks.numbers import Map, planes_of
from spikegraph.tasks.scores import Scores

if TYPE_CHECKING:
    from spikegraph.data.sample import About, Sample
    from spikegraph.tasks.task import SampleSet

NEAREST = 1e-3
"""Smaller predictions are raised to this, in metres, before ratios are formed."""

RATIOS = (1.25, 1.25**2, 1.25**3)


class DepthScores(ImageScores):
    """The measures of Eigen et al., NeurIPS 2014, section 4.3, of depths [N, 1, H, W] in metres.

    `d` is the true and `p` the predicted depth: `|p - d| / d`; the root of the mean of `(p - d)^2`; the share of pixels with
    `max(p / d, d / p)` below 1.25, 1.25^2 and 1.25^3.
    """

    names = ("mean_relative_error", "root_mean_square_error_m", "delta_1_percent", "delta_2_percent", "delta_3_percent")
    nothing = "no pixel has a depth"

    @override
    def known(self, true: NDArray[np.float64]) -> NDArray[np.bool_]:
        return (np.isfinite(true) & (true > 0))[0]

    @override
    def measures(self, guess: NDArray[np.float64], true: NDArray[np.float64]) -> tuple[float, ...]:
        p, d = np.maximum(guess, NEAREST), true
        ratio = np.maximum(p / d, d / p)
        shares = (100 * float((ratio < limit).mean()) for limit in RATIOS)
        return float((np.abs(p - d) / d).mean()), float(np.sqrt(((p - d) ** 2).mean())), *shares


class Depth(Map):
    """The depth of each pixel in metres, float [1, H, W]; not finite where it isn't known."""

    name = "depth"
    words = "true depths"
    score = "error"

    @override
    def checked(self, target: Any) -> NDArray[np.float32]:
        """Depths [1, H, W]; they may be given as [H, W]."""
        found = planes_of(target)
        if len(found) != 1:
            raise ValueError("give depths [1, H, W], or [H, W]")
        return found

    @override
    def known(self, sample: Sample, about: About) -> NDArray[Any]:
        """The depths above 0, which the measures count."""
        found = super().known(sample, about)
        return found[found > 0]

    @override
    def scores(self, about: About) -> Scores:
        return DepthScores()

    @override
    def baselines(self, train: SampleSet, test: SampleSet, about: About) -> Mapping[str, Mapping[str, float]]:
        """The mean depth of the training set."""
        return {"mean depth": mean_of_training(train, test, DepthScores())}
