"""Error measures of disparity maps: averaged over an image's valid pixels, then over images (Che et al., NeurIPS 2022, 4.2)."""

from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

FOCAL_BASELINE = 19.941772
"""Rectified focal length (199.6530 px) times baseline (0.099882 m) of MVSEC, in px m: depth = this / disparity."""

SMALLEST_DISPARITY = 0.01
"""Smaller predictions are raised to this, in pixels (a depth of 2 km), as a 0 would make the mean depth error infinite."""

CENTIMETRES = 100.0


@dataclass(frozen=True)
class StereoScores:
    """The four measures, averaged over images.

    Attributes:
        mean_depth_error_cm: Mean of `|depth - true depth|` in centimetres.
        median_depth_error_cm: Median of `|depth - true depth|` within an image, in centimetres.
        mean_disparity_error_px: Mean of `|disparity - true disparity|` in pixels.
        one_pixel_accuracy_percent: Share of valid pixels with a disparity error of at most 1 px.
        images: Number of averaged images.
        images_without_truth: Number of images left out because they have no valid pixel.
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
        images_without_truth: Number of images so far without a valid pixel.
    """

    focal_baseline: float = FOCAL_BASELINE
    images_without_truth: int = 0
    _rows: list[tuple[float, float, float, float]] = field(default_factory=list[tuple[float, float, float, float]])

    def add(self, prediction: NDArray[np.floating], truth: NDArray[np.floating]) -> None:
        """Add one image, or several along leading axes.

        The depth of a pixel is `focal_baseline / max(disparity, SMALLEST_DISPARITY)` metres; disparity errors use the
        unclipped prediction.

        Args:
            prediction: Disparities [..., H, W] in pixels.
            truth: True disparities [..., H, W] in pixels, inf or NaN where invalid.

        Raises:
            ValueError: The shapes differ, or a prediction is NaN at a valid pixel.
        """
        if prediction.shape != truth.shape:
            raise ValueError(f"prediction {prediction.shape} and truth {truth.shape} must have the same shape")
        size = truth.shape[-2:]
        pairs = zip(prediction.reshape(-1, *size), truth.reshape(-1, *size), strict=True)
        for guess, true in pairs:
            self._add(guess.astype(np.float64), true.astype(np.float64))

    def extend(self, other: "StereoMetrics") -> None:
        """Add the images of other metrics."""
        self.images_without_truth += other.images_without_truth
        self._rows += other._rows

    def _add(self, prediction: NDArray[np.float64], truth: NDArray[np.float64]) -> None:
        valid = np.isfinite(truth)
        if not valid.any():
            self.images_without_truth += 1
            return
        guess, true = prediction[valid], truth[valid]
        if np.isnan(guess).any():
            raise ValueError("a predicted disparity is NaN")
        depth = self.focal_baseline / np.maximum(guess, SMALLEST_DISPARITY)
        depth_error = np.abs(depth - self.focal_baseline / true) * CENTIMETRES
        error = np.abs(guess - true)
        self._rows.append(
            (float(depth_error.mean()), float(np.median(depth_error)), float(error.mean()), 100 * float((error <= 1).mean()))
        )

    def result(self) -> StereoScores:
        """The means over all images added so far.

        Raises:
            ValueError: No image has a valid pixel.
        """
        if not self._rows:
            raise ValueError("no measured image has a valid pixel")
        mde, median, mean, accuracy = (float(v) for v in np.mean(np.array(self._rows), axis=0))
        return StereoScores(mde, median, mean, accuracy, len(self._rows), self.images_without_truth)


def measure(
    prediction: NDArray[np.floating], truth: NDArray[np.floating], focal_baseline: float = FOCAL_BASELINE
) -> StereoScores:
    """The measures of predictions [..., H, W] in pixels, for truth of the same shape (see `StereoMetrics.add`)."""
    metrics = StereoMetrics(focal_baseline)
    metrics.add(prediction, truth)
    return metrics.result()
