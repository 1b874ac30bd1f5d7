"""Label maps: a class for each pixel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.runs.confusion import class_scores
from spikegraph.tasks.scores import Scores
from spikegraph.tasks.task import SampleSet, Task, mirrored

if TYPE_CHECKING:
    from spikegraph.data.sample import About, Sample


@dataclass
class LabelScores(Scores):
    """Scores of label maps over all pixels of a set; labels that are not a class, such as 255, don't count.

    Mean IoU is the mean over the classes that occur, as true or as predicted ones, of
    true positives / (true positives + false positives + false negatives).

    Attributes:
        counts: Number of pixels by true and predicted class, [K, K].
        ignored: The classes that don't count: neither their pixels, nor their share of the mean.
    """

    counts: NDArray[np.int64] | None = None
    ignored: tuple[int, ...] = ()

    @override
    def add(self, predicted: NDArray[np.floating], target: NDArray[Any]) -> None:
        """Adds logits [N, K, H, W] and labels [N, H, W]."""
        classes = predicted.shape[1]
        valid = (target >= 0) & (target < classes) & ~np.isin(target, self.ignored)
        pairs = target[valid].astype(np.int64) * classes + predicted.argmax(1)[valid]
        found = np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
        self.counts = found if self.counts is None else self.counts + found

    @override
    def extend(self, other: Self) -> None:
        if other.counts is not None:
            self.counts = other.counts if self.counts is None else self.counts + other.counts

    @override
    def metrics(self) -> Mapping[str, float]:
        if self.counts is None or not self.counts.any():
            raise ValueError("no pixel has the label of a class")
        right = np.diag(self.counts)
        either = self.counts.sum(0) + self.counts.sum(1) - right
        occurs = (either > 0) & ~np.isin(np.arange(len(either)), self.ignored)
        return {
            "mean_iou_percent": 100 * float((right[occurs] / either[occurs]).mean()),
            "pixel_accuracy_percent": 100 * float(right.sum() / self.counts.sum()),
        }

    @override
    def classes(self) -> Mapping[int, Mapping[str, float]]:
        if self.counts is None:
            return {}
        pixels = {k: {n: count for n, count in enumerate(row) if count} for k, row in enumerate(self.counts.tolist())}
        found = class_scores({k: row for k, row in pixels.items() if row}, overlap=True)
        return {k: scores for k, scores in found.items() if k not in self.ignored}


class Labels(Task):
    """A class for each pixel, int [H, W]; labels that are no class, such as 255, don't count."""

    name = "labels"
    words = "label maps"
    score = "accuracy"
    help = "use `cross_entropy` of logits of each pixel"
    pixels = True
    look = "labels"
    examples = 3

    @override
    def scores(self, about: About) -> LabelScores:
        return LabelScores(ignored=about.ignored)

    @override
    def checked(self, target: Any) -> NDArray[np.int64]:
        found = super().checked(target)
        if found.ndim != 2 or not (np.isfinite(found) & (found == np.floor(found))).all():
            raise ValueError("give a map [H, W] of whole numbers")
        return found.astype(np.int64)

    @override
    def planes(self, values: NDArray[Any], sample: Sample) -> NDArray[Any]:
        """The labels [1, H, W]; those with the largest logits [classes, H, W]."""
        return (values if values.ndim == 2 else values.argmax(0))[None]

    @override
    def labels(self, sample: Sample) -> NDArray[np.int64]:
        return sample.target.ravel()

    @override
    def known(self, sample: Sample, about: About) -> NDArray[Any]:
        labels = sample.target[~np.isin(sample.target, about.ignored)]
        return labels[(labels >= 0) & (labels < len(about.classes))] if about.classes else labels

    @override
    def mirrored(self, sample: Sample) -> Sample:
        return mirrored(self, sample)

    @override
    def baselines(self, train: SampleSet, test: SampleSet, about: About) -> Mapping[str, Mapping[str, float]]:
        """The label that most pixels of the training set have."""
        classes = len(about.classes)
        if not classes:
            return {}
        counts: NDArray[np.int64] = np.zeros(classes, np.int64)
        for sample in train.samples():
            labels = sample.target[(sample.target >= 0) & (sample.target < classes) & ~np.isin(sample.target, about.ignored)]
            counts += np.bincount(labels, minlength=classes)
        scores, logits = self.scores(about), np.zeros(classes, np.float32)
        logits[counts.argmax()] = 1
        for sample in test.samples():
            scores.add(np.broadcast_to(logits[None, :, None, None], (1, classes, *sample.target.shape)), sample.target[None])
        return {"most frequent label": scores.metrics()}
