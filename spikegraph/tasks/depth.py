"""Depth: the distance of what each pixel shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.tasks.numbers import Map, planes_of
from spikegraph.tasks.scores import Scores

if TYPE_CHECKING:
    from spikegraph.data.sample import About
    from spikegraph.tasks.task import SampleSet

NEAREST = 1e-3
"""Smaller predictions are raised to this, in metres, before ratios are formed."""

RATIOS = (1.25, 1.25**2, 1.25**3)


@dataclass
class DepthScores(Scores):
    """The measures of Eigen et al., NeurIPS 2014, section 4.3: the mean over an image's pixels with a depth, then over images.

    `d` is the true and `p` the predicted depth: `|p - d| / d`; the root of the mean of `(p - d)^2`; the share of pixels with
    `max(p / d, d / p)` below 1.25, 1.25^2 and 1.25^3.
    """

    rows: list[tuple[float, ...]] = field(default_factory=list[tuple[float, ...]])

    @override
    def add(self, predicted: NDArray[Any], target: NDArray[Any]) -> None:
        """Adds depths [N, 1, H, W] in metres."""
        for guess, true in zip(predicted.astype(np.float64), target.astype(np.float64), strict=True):
            known = np.isfinite(true) & (true > 0)
            if not known.any():
                continue
            p, d = np.maximum(guess[known], NEAREST), true[known]
            ratio = np.maximum(p / d, d / p)
            shares = (100 * float((ratio < limit).mean()) for limit in RATIOS)
            self.rows.append((float((np.abs(p - d) / d).mean()), float(np.sqrt(((p - d) ** 2).mean())), *shares))

    @override
    def extend(self, other: Self) -> None:
        self.rows += other.rows

    @override
    def metrics(self) -> Mapping[str, float]:
        if not self.rows:
            raise ValueError("no pixel has a depth")
        relative, root, *shares = (float(v) for v in np.mean(self.rows, axis=0))
        named = zip(("delta_1_percent", "delta_2_percent", "delta_3_percent"), shares, strict=True)
        return {"mean_relative_error": relative, "root_mean_square_error_m": root, **dict(named)}


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
    def scores(self, about: About) -> Scores:
        return DepthScores()

    @override
    def baselines(self, train: SampleSet, test: SampleSet, about: About) -> Mapping[str, Mapping[str, float]]:
        """The mean depth of the training set."""
        found = [sample.target[np.isfinite(sample.target)].astype(np.float64) for sample in train.samples()]
        total, count = sum(float(each.sum()) for each in found), sum(each.size for each in found)
        scores = DepthScores()
        for sample in test.samples():
            scores.add(np.full_like(sample.target, total / max(count, 1))[None], sample.target[None])
        return {"mean depth": scores.metrics()}
