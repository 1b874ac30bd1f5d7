"""Baselines for stereo, measured on the same frames with the same metrics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikegraph.tasks.disparity_scores import DisparityMetrics, stereo_metrics

if TYPE_CHECKING:
    from spikegraph.data.sample import About
    from spikegraph.tasks.task import SampleSet

_BIN_PX = 1 / 1024
_LARGEST_PX = 512


def best_constant(truths: Iterable[NDArray[np.float32]]) -> float:
    """The constant with the smallest mean disparity error, in pixels.

    The error is a mean over images of a mean over valid pixels, so the best constant is the median of all valid
    pixels, weighted by 1 / (valid pixels of the image). A histogram finds it to 1/1024 px without keeping the images.

    Args:
        truths: Disparities [H, W] in pixels, not finite where invalid; values above 512 px count as 512 px.

    Raises:
        ValueError: No pixel is valid.
    """
    weights: NDArray[np.float64] = np.zeros(int(_LARGEST_PX / _BIN_PX) + 1)
    for truth in truths:
        valid = truth[np.isfinite(truth)].astype(np.float64)
        if valid.size:
            bins = np.rint(np.clip(valid, 0, _LARGEST_PX) / _BIN_PX).astype(np.int64)
            weights += np.bincount(bins, minlength=len(weights)) / valid.size
    total = weights.cumsum()
    if total[-1] == 0:
        raise ValueError("no image has a valid pixel of truth")
    half = float(total[-1]) / 2
    return int(np.searchsorted(total, half)) * _BIN_PX


def constant_guess(test: SampleSet, about: About) -> DisparityMetrics:
    """The errors of the best constant for the truths of a set, chosen on the same truths.

    Raises:
        ValueError: No pixel is valid.
        DataError: A recording can't be read.
    """
    constant = best_constant(truth for sample in test.samples() for truth in sample.target[sample.counted])
    metrics = stereo_metrics(about.focal_baseline)
    for sample in test.samples():
        truths = sample.target[sample.counted]
        metrics.add(np.full_like(truths, constant), truths)
    return metrics


def block_matcher(test: SampleSet, about: About) -> DisparityMetrics:
    """The errors of event-only block matching, which uses a frame's stack and the burn-in stacks before it.

    It compares all disparities that may occur in the recordings.

    Raises:
        DataError: A recording can't be read.
    """
    from spikegraph.tasks.block_matching import block_match  # noqa: PLC0415 (scipy is slow to import)

    metrics = stereo_metrics(about.focal_baseline)
    for sample in test.samples():
        views = [sample.inputs[side] for side in ("left", "right")]
        before = len(views[0]) - len(sample.target)
        for k, truth in enumerate(sample.target):
            if sample.counted is None or sample.counted[k]:
                left, right = (np.concatenate(view[k : k + before + 1]) for view in views)
                metrics.add(block_match(left, right, about.disparities), truth)
    return metrics
