"""Scores of predictions for each pixel: mean intersection over union of labels, end-point error of optical flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.registries import SCORES

FAR = 3.0
"""End-point error in pixels above which a pixel is an outlier."""


@runtime_checkable
class Scores(Protocol):
    """Accumulates predictions."""

    def add(self, predicted: NDArray[np.floating], truth: NDArray[Any]) -> None:
        """Adds predictions [N, K, H, W] with their truths, [N, H, W] or [N, K, H, W]."""
        ...

    def extend(self, other: Self) -> None:
        """Adds what other scores have accumulated."""
        ...

    def metrics(self) -> Mapping[str, float]:
        """The metrics by name; the first one decides which of two networks is better.

        Raises:
            ValueError: Nothing that counts was added.
        """
        ...


@dataclass
class LabelScores:
    """Scores of label maps over all pixels of a set; labels that are not a class, such as 255, don't count.

    Mean IoU is the mean over the classes that occur, as true or as predicted ones, of
    true positives / (true positives + false positives + false negatives).

    Attributes:
        counts: Number of pixels by true and predicted class, [K, K].
    """

    counts: NDArray[np.int64] | None = None

    def add(self, predicted: NDArray[np.floating], truth: NDArray[Any]) -> None:
        """Adds logits [N, K, H, W] and labels [N, H, W]."""
        classes = predicted.shape[1]
        valid = (truth >= 0) & (truth < classes)
        pairs = truth[valid].astype(np.int64) * classes + predicted.argmax(1)[valid]
        found = np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
        self.counts = found if self.counts is None else self.counts + found

    def extend(self, other: LabelScores) -> None:
        """As `Scores`."""
        if other.counts is not None:
            self.counts = other.counts if self.counts is None else self.counts + other.counts

    def metrics(self) -> Mapping[str, float]:
        """As `Scores`."""
        if self.counts is None or not self.counts.any():
            raise ValueError("no pixel has the label of a class")
        right = np.diag(self.counts)
        either = self.counts.sum(0) + self.counts.sum(1) - right
        occurs = either > 0
        return {
            "mean_iou_percent": 100 * float((right[occurs] / either[occurs]).mean()),
            "pixel_accuracy_percent": 100 * float(right.sum() / self.counts.sum()),
        }


@dataclass
class FlowScores:
    """Scores of optical flow: the mean over an image's pixels with a truth, then over images.

    The end-point error of a pixel is the length of the difference from the true flow; an outlier has more than 3 pixels.
    """

    rows: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])

    def add(self, predicted: NDArray[np.floating], truth: NDArray[Any]) -> None:
        """Adds flows [N, 2, H, W] in pixels; the truth isn't finite where it isn't known."""
        for guess, true in zip(predicted.astype(np.float64), truth.astype(np.float64), strict=True):
            valid = np.isfinite(true).all(0)
            if valid.any():
                error = cast("NDArray[np.float64]", np.hypot(*(guess - true)[:, valid]))
                self.rows.append((float(error.mean()), 100 * float((error > FAR).mean())))

    def extend(self, other: FlowScores) -> None:
        """As `Scores`."""
        self.rows += other.rows

    def metrics(self) -> Mapping[str, float]:
        """As `Scores`."""
        if not self.rows:
            raise ValueError("no pixel has a true flow")
        error, outliers = (float(v) for v in np.array(self.rows).mean(0))
        return {"mean_end_point_error_px": error, "outliers_percent": outliers}


SCORES.fill({"labels": LabelScores, "flow": FlowScores})
