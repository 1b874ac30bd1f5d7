from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spikegraph.tasks.depth import DepthScores
from spikegraph.tasks.disparity_scores import (
    FOCAL_BASELINE,
    SMALLEST_DISPARITY,
    DisparityMetrics,
    StereoMetrics,
    stereo_metrics,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "equations.npz"


def measure(prediction: np.ndarray, truth: np.ndarray, focal_baseline: float = FOCAL_BASELINE) -> StereoMetrics:
    metrics = StereoMetrics(focal_baseline)
    metrics.add(prediction, truth)
    return metrics


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-5)])
def test_vectors(dtype: type[np.floating], tolerance: float) -> None:
    with np.load(VECTORS) as vectors:
        prediction, truth = (vectors[f"metrics/{key}"].astype(dtype) for key in ("prediction", "truth"))
        expected = vectors["metrics/out"]
    scores = measure(prediction, truth)
    assert list(scores.metrics()) == [
        "mean_depth_error_cm",
        "median_depth_error_cm",
        "mean_disparity_error_px",
        "one_pixel_accuracy_percent",
    ]
    np.testing.assert_allclose(list(scores.metrics().values()), expected, rtol=tolerance)
    assert scores.count == 2  # the third has no truth


def test_images_weigh_the_same_however_many_pixels_they_have() -> None:
    truth = np.full((2, 2, 2), 10.0)
    truth[1, 0] = truth[1, 1, 0] = np.inf
    prediction = np.stack([np.full((2, 2), 12.0), np.full((2, 2), 10.5)])
    scores = measure(prediction, truth).metrics()
    assert scores["mean_disparity_error_px"] == pytest.approx((2 + 0.5) / 2)
    assert scores["one_pixel_accuracy_percent"] == pytest.approx(50)
    expected = 100 * FOCAL_BASELINE * np.mean([1 / 10 - 1 / 12, 1 / 10 - 1 / 10.5])
    assert scores["mean_depth_error_cm"] == pytest.approx(expected)


def test_exactly_one_pixel_counts_as_within() -> None:
    assert measure(np.array([[4.0, 6.0]]), np.array([[5.0, 5.0]])).metrics()["one_pixel_accuracy_percent"] == 100


def test_a_prediction_of_zero_is_far_away_and_not_infinite() -> None:
    scores = measure(np.zeros((1, 1)), np.full((1, 1), 10.0)).metrics()
    assert scores["mean_disparity_error_px"] == 10
    assert scores["mean_depth_error_cm"] == pytest.approx(100 * FOCAL_BASELINE * (1 / SMALLEST_DISPARITY - 1 / 10))


def test_focal_baseline_scales_depth_errors_only() -> None:
    prediction, truth = np.full((3, 3), 4.0), np.full((3, 3), 5.0)
    usual, double = (measure(prediction, truth, k * FOCAL_BASELINE).metrics() for k in (1, 2))
    assert double["median_depth_error_cm"] == pytest.approx(2 * usual["median_depth_error_cm"])
    assert double["mean_disparity_error_px"] == usual["mean_disparity_error_px"]


def test_what_cannot_be_measured() -> None:
    metrics = StereoMetrics()
    metrics.add(np.ones((2, 3, 3)), np.full((2, 3, 3), np.inf))
    assert metrics.count == 0
    with pytest.raises(ValueError, match="no measured image has a valid pixel"):
        metrics.metrics()
    with pytest.raises(ValueError, match="the same shape"):
        metrics.add(np.ones((2, 2)), np.ones((2, 3)))
    with pytest.raises(ValueError, match="a predicted disparity is NaN"):
        metrics.add(np.full((2, 2), np.nan), np.ones((2, 2)))


def test_the_measures_of_disparities_alone() -> None:
    """Errors by hand: 0, 1, 1.5, 2 and 4 pixels in one image, 3 in the other."""
    truth = np.array([[[10.0, 10, 10], [10, 10, np.inf]], [[5.0, np.nan, np.inf], [np.inf, np.inf, np.inf]]])
    guess = np.array([[[10.0, 11, 8.5], [12, 6, 0]], [[8.0, 0, 0], [0, 0, 0]]])
    metrics = stereo_metrics(None)
    metrics.add(guess, truth)
    metrics.add(guess[0], np.full((2, 3), np.inf))
    assert metrics.count == 2
    wanted = {
        "mean_disparity_error_px": (8.5 / 5 + 3) / 2,
        "one_pixel_error_percent": (60 + 100) / 2,
        "two_pixel_error_percent": (20 + 100) / 2,
        "root_mean_square_disparity_error_px": ((23.25 / 5) ** 0.5 + 3) / 2,
    }
    assert metrics.metrics() == pytest.approx(wanted)
    assert list(metrics.metrics()) == list(wanted)


def test_parts_of_a_set_add_up() -> None:
    random = np.random.default_rng(0)
    guess, truth = random.uniform(0, 9, (2, 4, 5, 6))
    whole, parts = DisparityMetrics(), DisparityMetrics()
    whole.add(guess, truth)
    for k in range(4):
        part = DisparityMetrics()
        part.add(guess[k], truth[k])
        parts.extend(part)
    assert (parts.count, parts.metrics()) == (whole.count, whole.metrics())
    with pytest.raises(ValueError, match="a predicted disparity is NaN"):
        whole.add(np.full((1, 1), np.nan), np.ones((1, 1)))
    with pytest.raises(ValueError, match="no measured image has a valid pixel"):
        DisparityMetrics().metrics()


def test_the_measures_of_depths() -> None:
    """Eigen et al., NeurIPS 2014, section 4.3, by hand: two images, of which pixels without a depth and zeros don't count."""
    truths = np.array([[[[1, 2, np.nan]]], [[[4, 0, 10]]], [[[np.nan, np.inf, 0]]]], np.float32)
    guesses = np.array([[[[1.2, 1, 5]]], [[[6, 3, -1]]], [[[1, 1, 1]]]], np.float32)  # -1 is raised to 1 mm
    expected = {
        "mean_relative_error": ((0.2 + 0.5) / 2 + (0.5 + 0.9999) / 2) / 2,
        "root_mean_square_error_m": (np.sqrt((0.04 + 1) / 2) + np.sqrt((4 + 9.999**2) / 2)) / 2,
        "delta_1_percent": (50 + 0) / 2,  # ratios 1.2 and 2, then 1.5 and 10,000
        "delta_2_percent": (50 + 50) / 2,
        "delta_3_percent": (50 + 50) / 2,
    }
    together, first, rest = DepthScores(), DepthScores(), DepthScores()
    together.add(guesses, truths)
    first.add(guesses[:1], truths[:1])
    rest.add(guesses[1:], truths[1:])
    first.extend(rest)
    assert together.metrics() == first.metrics() == pytest.approx(expected, rel=1e-6)
    with pytest.raises(ValueError, match="no pixel has a depth"):
        DepthScores().metrics()
