"""Baselines for a network, measured on the same frames with the same metrics."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.metrics import ImageScores, stereo_metrics
from spikegraph.data.stacks import StackSource

_BIN_PX = 1 / 1024
_LARGEST_PX = 512


class Frames(Protocol):
    """Labelled frames of recordings, such as `StereoDataset`."""

    @property
    def sources(self) -> Mapping[str, StackSource]:
        """The recordings by name."""
        ...

    @property
    def burn_in(self) -> int:
        """Number of stacks before the labelled ones."""
        ...

    def truths(self) -> Iterator[tuple[str, int, NDArray[np.float32]]]:
        """Recording, frame number and true disparity [H, W] of each labelled frame."""
        ...


@dataclass(frozen=True)
class ConstantGuess:
    """The best prediction that ignores its input.

    Attributes:
        disparity_px: The constant in pixels.
        scores: Its errors.
    """

    disparity_px: float
    scores: ImageScores


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


def constant_guess(dataset: Frames) -> ConstantGuess:
    """The best constant for the truths of a set, chosen on the same truths, and its errors there.

    Raises:
        ValueError: No pixel is valid.
        DataError: A recording can't be read.
    """
    constant = best_constant(truth for _, _, truth in dataset.truths())
    metrics = stereo_metrics(_focal_baseline(dataset))
    for _, _, truth in dataset.truths():
        metrics.add(np.full_like(truth, constant), truth)
    return ConstantGuess(constant, metrics.result())


def block_matcher(dataset: Frames) -> ImageScores:
    """The errors of event-only block matching, which uses a frame's stack and the `burn_in` stacks before it.

    It compares all disparities that may occur in the recording.

    Raises:
        ValueError: No pixel is valid.
        DataError: A recording can't be read.
    """
    from spikegraph.data.block_matching import block_match  # noqa: PLC0415 (scipy is slow to import)

    metrics = stereo_metrics(_focal_baseline(dataset))
    for name, k, truth in dataset.truths():
        source = dataset.sources[name]
        numbers = range(k - dataset.burn_in, k + 1)
        left, right = (np.concatenate([source.stack(side, j) for j in numbers]) for side in ("left", "right"))
        metrics.add(block_match(left, right, source.recording.disparities), truth)
    return metrics.result()


def _focal_baseline(dataset: Frames) -> float | None:
    values = {source.focal_baseline for source in dataset.sources.values()}
    if len(values) != 1:
        raise ValueError(f"recordings of a set must have the same focal length x baseline, not {sorted(values, key=str)}")
    return values.pop()
