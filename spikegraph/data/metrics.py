"""Error measures of disparity maps, per image over valid pixels, then the plain mean over images (paper, 4.2)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

FOCAL_BASELINE = 19.941772
"""Rectified focal length (199.6530 px) times baseline (0.099882 m) of MVSEC, in px m: depth = this / disparity."""

SMALLEST_DISPARITY = 0.01
"""Predictions below this many pixels count as this (2 km): a single 0 would make the mean depth error infinite."""

CENTIMETRES = 100.0


@dataclass(frozen=True)
class StereoScores:
    """The four measures, averaged over images.

    Attributes:
        mean_depth_error_cm: Mean of `|depth - true depth|` in centimetres.
        median_depth_error_cm: Median of the same within an image.
        mean_disparity_error_px: Mean of `|disparity - true disparity|` in pixels.
        one_pixel_accuracy_percent: Share of valid pixels with a disparity error of at most 1 px.
        images: Images that were averaged.
        images_without_truth: Images left out since no pixel of theirs is valid.
    """

    mean_depth_error_cm: float
    median_depth_error_cm: float
    mean_disparity_error_px: float
    one_pixel_accuracy_percent: float
    images: int
    images_without_truth: int

    def metrics(self) -> dict[str, float]:
        """The four measures by name, without the counts."""
        return {k: v for k, v in asdict(self).items() if not k.startswith("images")}


@dataclass
class StereoMetrics:
    """Accumulates images one by one; keeps four numbers per image.

    Attributes:
        focal_baseline: Focal length times baseline in px m.
        images_without_truth: Images seen so far that have no valid pixel.
    """

    focal_baseline: float = FOCAL_BASELINE
    images_without_truth: int = 0
    _rows: list[tuple[float, float, float, float]] = field(default_factory=list[tuple[float, float, float, float]])

    def add(self, prediction: NDArray[np.floating], truth: NDArray[np.floating]) -> None:
        """Add one image, or several along leading axes.

        The depth of a pixel is `focal_baseline / max(disparity, SMALLEST_DISPARITY)` metres; the disparity errors
        take the prediction as it is.

        Args:
            prediction: Disparities [..., H, W] in pixels.
            truth: True disparities [..., H, W] in pixels, inf or NaN where invalid.

        Raises:
            ValueError: The shapes differ, or a prediction is not a number at a valid pixel.
        """
        if prediction.shape != truth.shape:
            raise ValueError(f"prediction {prediction.shape} and truth {truth.shape} must have one shape")
        size = truth.shape[-2:]
        pairs = zip(prediction.reshape(-1, *size), truth.reshape(-1, *size), strict=True)
        for guess, true in pairs:
            self._add(guess.astype(np.float64), true.astype(np.float64))

    def _add(self, prediction: NDArray[np.float64], truth: NDArray[np.float64]) -> None:
        valid = np.isfinite(truth)
        if not valid.any():
            self.images_without_truth += 1
            return
        guess, true = prediction[valid], truth[valid]
        if np.isnan(guess).any():
            raise ValueError("a predicted disparity is not a number")
        depth = self.focal_baseline / np.maximum(guess, SMALLEST_DISPARITY)
        depth_error = np.abs(depth - self.focal_baseline / true) * CENTIMETRES
        error = np.abs(guess - true)
        self._rows.append(
            (
                float(depth_error.mean()),
                float(np.median(depth_error)),
                float(error.mean()),
                100 * float((error <= 1).mean()),
            )
        )

    def result(self) -> StereoScores:
        """The means over the images added so far.

        Raises:
            ValueError: No image with a valid pixel was added.
        """
        if not self._rows:
            raise ValueError("no image with a valid pixel of truth was measured")
        mde, median, mean, accuracy = (float(v) for v in np.mean(np.array(self._rows), axis=0))
        return StereoScores(mde, median, mean, accuracy, len(self._rows), self.images_without_truth)


def measure(
    prediction: NDArray[np.floating], truth: NDArray[np.floating], focal_baseline: float = FOCAL_BASELINE
) -> StereoScores:
    """The measures of predictions [..., H, W] against truth of the same shape (see `StereoMetrics.add`)."""
    metrics = StereoMetrics(focal_baseline)
    metrics.add(prediction, truth)
    return metrics.result()
