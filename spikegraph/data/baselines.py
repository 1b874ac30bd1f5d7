"""Baselines for networks, measured on the same frames by the same metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.metrics import StereoMetrics, StereoScores
from spikegraph.data.stacks import StackSource

DISPARITIES = 36
"""Candidates of the block matcher: MVSEC's published truth is under 36.43 px."""

_BIN_PX = 1 / 1024
_LARGEST_PX = 512


class StereoFrames(Protocol):
    """Labelled frames of recordings."""

    burn_in: int

    @property
    def sources(self) -> Mapping[str, StackSource]:
        """Recordings by name."""
        ...

    def truths(self) -> Iterable[tuple[str, int, NDArray[np.float32]]]:
        """Recording, number of the stack and disparity [H, W] of each labelled frame."""
        ...


@dataclass(frozen=True)
class ConstantGuess:
    """The best prediction that does not look at its input.

    Attributes:
        disparity_px: The constant.
        scores: Its errors.
    """

    disparity_px: float
    scores: StereoScores


def best_constant(truths: Iterable[NDArray[np.float32]]) -> float:
    """The constant of least mean disparity error, in pixels.

    The error is a mean over images of a mean over valid pixels, so the best constant is the median of all valid
    pixels where each weighs 1 / (valid pixels of its image). It is found to 1/1024 px without holding the images.

    Args:
        truths: Disparities [H, W], not finite where invalid; 512 px and more count as 512 px.

    Raises:
        ValueError: There is no valid pixel.
    """
    weights = np.zeros(int(_LARGEST_PX / _BIN_PX) + 1)
    for truth in truths:
        valid = truth[np.isfinite(truth)].astype(np.float64)
        if valid.size:
            bins = np.rint(np.clip(valid, 0, _LARGEST_PX) / _BIN_PX).astype(np.int64)
            weights += np.bincount(bins, minlength=weights.size) / valid.size
    total = weights.cumsum()
    if total[-1] == 0:
        raise ValueError("no image has a valid pixel of truth")
    return float(np.searchsorted(total, total[-1] / 2) * _BIN_PX)


def constant_guess(dataset: StereoFrames) -> ConstantGuess:
    """The best constant for the truths of a set, chosen on these very truths, and its errors there.

    Raises:
        ValueError: There is no valid pixel.
        DataError: A recording cannot be read.
    """
    constant = best_constant(truth for _, _, truth in dataset.truths())
    metrics = StereoMetrics(_focal_baseline(dataset))
    for _, _, truth in dataset.truths():
        metrics.add(np.full_like(truth, constant), truth)
    return ConstantGuess(constant, metrics.result())


def block_matcher(dataset: StereoFrames, disparities: int = DISPARITIES) -> StereoScores:
    """The errors of event-only block matching on a set; it sees a frame's stack and the `burn_in` stacks before it.

    Args:
        dataset: The set.
        disparities: The candidates are 1 to `disparities` px.

    Raises:
        ValueError: There is no valid pixel.
        DataError: A recording cannot be read.
    """
    # Imported here: scipy is slow to import.
    from spikegraph.data.matching import block_match  # noqa: PLC0415

    metrics = StereoMetrics(_focal_baseline(dataset))
    for name, k, truth in dataset.truths():
        source = dataset.sources[name]
        numbers = range(k - dataset.burn_in, k + 1)
        left, right = (np.concatenate([source.stack(side, j) for j in numbers]) for side in ("left", "right"))
        metrics.add(block_match(left, right, disparities), truth)
    return metrics.result()


def _focal_baseline(dataset: StereoFrames) -> float:
    values = {source.focal_baseline for source in dataset.sources.values()}
    if len(values) != 1:
        raise ValueError(f"the recordings of a set must share focal length and baseline, they have {sorted(values)}")
    return values.pop()
