"""Error measures of disparity maps: averaged over an image's valid pixels, then over images.

`StereoMetrics` has those of Che et al., NeurIPS 2022, 4.2, which MVSEC's results use, and `DisparityMetrics` those of DSEC's
benchmark (Gehrig et al., RA-L 2021, dsec.ifi.uzh.ch). How the benchmark averages over images isn't published; other code for
it averages over an image first as well (yonseivnl/se-cff of Nam et al., CVPR 2022).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.tasks.image_scores import ImageScores

FOCAL_BASELINE = 19.941772
"""Rectified focal length (199.6530 px) times baseline (0.099882 m) of MVSEC, in px m: depth = this / disparity."""

SMALLEST_DISPARITY = 0.01
"""Smaller predictions are raised to this, in pixels (a depth of 2 km), as a 0 would make the mean depth error infinite."""

CENTIMETRES = 100.0


class DisparityMetrics(ImageScores):
    """Measures of disparities alone, those of DSEC's benchmark: MAE, 1PE, 2PE and RMSE.

    They are the mean of `|disparity - true disparity|` in pixels, the share of valid pixels where it is more than 1 px and more
    than 2 px, and the root of the mean of its square within an image.
    """

    names = (
        "mean_disparity_error_px", "one_pixel_error_percent", "two_pixel_error_percent", "root_mean_square_disparity_error_px",
    )  # fmt: skip
    nothing = "no measured image has a valid pixel"

    @override
    def known(self, true: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.isfinite(true)

    @override
    def add(self, predicted: NDArray[np.floating], target: NDArray[np.floating]) -> None:
        """Add one image, or several along leading axes.

        Args:
            predicted: Disparities [..., H, W] in pixels.
            target: True disparities [..., H, W] in pixels, inf or NaN where invalid.

        Raises:
            ValueError: The shapes differ, or a prediction is NaN at a valid pixel.
        """
        if predicted.shape != target.shape:
            raise ValueError(f"prediction {predicted.shape} and target {target.shape} must have the same shape")
        if np.isnan(predicted[np.isfinite(target)]).any():
            raise ValueError("a predicted disparity is NaN")
        size = target.shape[-2:]
        super().add(predicted.reshape(-1, *size), target.reshape(-1, *size))

    @override
    def measures(self, guess: NDArray[np.float64], true: NDArray[np.float64]) -> tuple[float, ...]:
        error = np.abs(guess - true)
        beyond = [100 * float((error > far).mean()) for far in (1, 2)]
        return (float(error.mean()), *beyond, float(np.sqrt((error**2).mean())))

    @property
    @override
    def count(self) -> int:
        return len(self.rows)


@dataclass
class StereoMetrics(DisparityMetrics):
    """Measures of depths and disparities.

    They are the mean of `|depth - true depth|` and its median within an image, in centimetres, the mean of
    `|disparity - true disparity|` in pixels, and the share of valid pixels where that is at most 1 px. The depth of a pixel is
    `focal_baseline / max(disparity, SMALLEST_DISPARITY)` metres; disparity errors use the unclipped prediction.

    Attributes:
        focal_baseline: Focal length times baseline in px m.
    """

    focal_baseline: float = FOCAL_BASELINE
    names = ("mean_depth_error_cm", "median_depth_error_cm", "mean_disparity_error_px", "one_pixel_accuracy_percent")

    @override
    def measures(self, guess: NDArray[np.float64], true: NDArray[np.float64]) -> tuple[float, ...]:
        depth = self.focal_baseline / np.maximum(guess, SMALLEST_DISPARITY)
        depth_error = np.abs(depth - self.focal_baseline / true) * CENTIMETRES
        error = np.abs(guess - true)
        return (float(depth_error.mean()), float(np.median(depth_error)), float(error.mean()), 100 * float((error <= 1).mean()))


def stereo_metrics(focal_baseline: float | None) -> DisparityMetrics:
    """The metrics of a data set: with depths if focal length times baseline (px m) is given, else of disparities alone."""
    return DisparityMetrics() if focal_baseline is None else StereoMetrics(focal_baseline)
