"""The best constant prediction for samples with a truth for each pixel."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.map_scores import FlowScores, LabelScores
from spikegraph.data.maps import MapSample


def most_frequent_label(train: Iterable[MapSample], test: Iterable[MapSample], classes: int) -> Mapping[str, float]:
    """Metrics on the test set of the label that most pixels of the training set have."""
    counts: NDArray[np.int64] = np.zeros(classes, np.int64)
    for sample in train:
        labels = sample.truth[(sample.truth >= 0) & (sample.truth < classes)]
        counts += np.bincount(labels, minlength=classes)
    scores, logits = LabelScores(), np.zeros(classes, np.float32)
    logits[counts.argmax()] = 1
    for sample in test:
        scores.add(np.broadcast_to(logits[None, :, None, None], (1, classes, *sample.truth.shape)), sample.truth[None])
    return scores.metrics()


def mean_flow(train: Iterable[MapSample], test: Iterable[MapSample]) -> Mapping[str, float]:
    """Metrics on the test set of the training set's mean optical flow."""
    total, count = np.zeros(2), 0
    for sample in train:
        known = np.isfinite(sample.truth).all(0)
        total += sample.truth[:, known].astype(np.float64).sum(1)
        count += int(known.sum())
    scores, mean = FlowScores(), total / max(count, 1)
    for sample in test:
        scores.add(np.broadcast_to(mean[None, :, None, None], (1, *sample.truth.shape)), sample.truth[None])
    return scores.metrics()
