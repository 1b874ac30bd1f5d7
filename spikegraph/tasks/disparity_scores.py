"""Error measures of disparity maps: averaged over an image's valid pixels, then over images.

`StereoMetrics` has those of Che et al., NeurIPS 2022, 4.2, which MVSEC's results use, and `DisparityMetrics` those of DSEC's
benchmark (Gehrig et al., RA-L 2021, dsec.ifi.uzh.ch). How the benchmark averages over images isn't published; other code for
it averages over an image first as well (yonseivnl/se-cff of Nam et al., CVPR 2022).
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.tasks.scores import Scores

FOCAL_BASELINE = 19.941772
"""Rectified focal length (199.6530 px) times baseline (0.099882 m) of MVSEC, in px m: depth = this / disparity."""

SMALLEST_DISPARITY = 0.01
"""Smaller predictions are raised to this, in pixels (a depth of 2 km), as a 0 would make the mean depth error infinite."""

CENTIMETRES = 100.0


@dataclass(frozen=True)
class ImageScores:
    """Means over images.

    Attributes:
        images: Number of averaged images.
        images_without_truth: Number of images left out because they have no valid pixel.
    """

    images: int
    images_without_truth: int

    def metrics(self) -> dict[str, float]:
        """The measures by name, without the counts."""
        return {k: v for k, v in asdict(self).items() if not k.startswith("images")}


@dataclass(frozen=True)
class StereoScores(ImageScores):
    """The four measures with depths.

    Attributes:
        mean_depth_error_cm: Mean of `|depth - true depth|` in centimetres.
        median_depth_error_cm: Median of `|depth - true depth|` within an image, in centimetres.
        mean_disparity_error_px: Mean of `|disparity - true disparity|` in pixels.
        one_pixel_accuracy_percent: Share of valid pixels with a disparity error of at most 1 px.
    """

    mean_depth_error_cm: float
    median_depth_error_cm: float
    mean_disparity_error_px: float
    one_pixel_accuracy_percent: float


@dataclass(frozen=True)
class DisparityScores(ImageScores):
    """The four measures of DSEC's benchmark: MAE, 1PE, 2PE and RMSE.

    Attributes:
        mean_disparity_error_px: Mean of `|disparity - true disparity|` in pixels.
        one_pixel_error_percent: Share of valid pixels with a disparity error of more than 1 px.
        two_pixel_error_percent: Share of valid pixels with a disparity error of more than 2 px.
        root_mean_square_disparity_error_px: Root of the mean of `(disparity - true disparity)**2` within an image, in pixels.
    """

    mean_disparity_error_px: float
    one_pixel_error_percent: float
    two_pixel_error_percent: float
    root_mean_square_disparity_error_px: float


Scores_co = TypeVar("Scores_co", bound=ImageScores, covariant=True)


@dataclass
class ImageMetrics(Scores, Generic[Scores_co]):
    """Accumulates images one by one; keeps four numbers per image.

    Attributes:
        images_without_truth: Number of images so far without a valid pixel.
    """

    images_without_truth: int = field(default=0, kw_only=True)
    _rows: list[tuple[float, ...]] = field(default_factory=list[tuple[float, ...]], kw_only=True)

    @abstractmethod
    def _measures(self, guess: NDArray[np.float64], true: NDArray[np.float64]) -> tuple[float, ...]:
        """The measures of one image, from its valid pixels [P]."""

    @abstractmethod
    def _scores(self, means: list[float]) -> Scores_co:
        """The scores with these means over images."""

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
        size = target.shape[-2:]
        pairs = zip(predicted.reshape(-1, *size), target.reshape(-1, *size), strict=True)
        for guess, true in pairs:
            self._add(guess.astype(np.float64), true.astype(np.float64))

    @override
    def extend(self, other: Self) -> None:
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
        self._rows.append(self._measures(guess, true))

    @override
    def metrics(self) -> Mapping[str, float]:
        return self.result().metrics()

    @property
    @override
    def count(self) -> int:
        return len(self._rows)

    def result(self) -> Scores_co:
        """The means over all images added so far.

        Raises:
            ValueError: No image has a valid pixel.
        """
        if not self._rows:
            raise ValueError("no measured image has a valid pixel")
        return self._scores([float(v) for v in np.mean(np.array(self._rows), axis=0)])


@dataclass
class StereoMetrics(ImageMetrics[StereoScores]):
    """Measures of depths and disparities.

    The depth of a pixel is `focal_baseline / max(disparity, SMALLEST_DISPARITY)` metres; disparity errors use the unclipped
    prediction.

    Attributes:
        focal_baseline: Focal length times baseline in px m.
    """

    focal_baseline: float = FOCAL_BASELINE

    @override
    def _measures(self, guess: NDArray[np.float64], true: NDArray[np.float64]) -> tuple[float, ...]:
        depth = self.focal_baseline / np.maximum(guess, SMALLEST_DISPARITY)
        depth_error = np.abs(depth - self.focal_baseline / true) * CENTIMETRES
        error = np.abs(guess - true)
        return (float(depth_error.mean()), float(np.median(depth_error)), float(error.mean()), 100 * float((error <= 1).mean()))

    @override
    def _scores(self, means: list[float]) -> StereoScores:
        return StereoScores(len(self._rows), self.images_without_truth, *means)


class DisparityMetrics(ImageMetrics[DisparityScores]):
    """Measures of disparities alone."""

    @override
    def _measures(self, guess: NDArray[np.float64], true: NDArray[np.float64]) -> tuple[float, ...]:
        error = np.abs(guess - true)
        beyond = [100 * float((error > far).mean()) for far in (1, 2)]
        return (float(error.mean()), *beyond, float(np.sqrt((error**2).mean())))

    @override
    def _scores(self, means: list[float]) -> DisparityScores:
        return DisparityScores(len(self._rows), self.images_without_truth, *means)


def stereo_metrics(focal_baseline: float | None) -> ImageMetrics[ImageScores]:
    """The metrics of a data set: with depths if focal length times baseline (px m) is given, else of disparities alone."""
    return DisparityMetrics() if focal_baseline is None else StereoMetrics(focal_baseline)


def measure(
    prediction: NDArray[np.floating], truth: NDArray[np.floating], focal_baseline: float = FOCAL_BASELINE
) -> StereoScores:
    """The measures of predictions [..., H, W] in pixels, for truth of the same shape (see `ImageMetrics.add`)."""
    metrics = StereoMetrics(focal_baseline)
    metrics.add(prediction, truth)
    return metrics.result()
