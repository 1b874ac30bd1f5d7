"""Classification in numbers: scores, predictions as rows, and simple methods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.runs.confusion import class_scores, confusion, right
from spikegraph.tasks.scores import Scores
from spikegraph.tasks.task import SampleSet

if TYPE_CHECKING:
    from spikegraph.data.sample import Sample

MOST_FOR_MEANS = 50_000
"""Maximum number of training samples for the class means (the size of CIFAR); larger sets are subsampled evenly."""


@dataclass
class ClassScores(Scores):
    """The share of samples whose class is right.

    Attributes:
        pairs: How often each pair of a true and a predicted class occurs.
        ignored: The true classes that don't count.
    """

    pairs: Counter[tuple[int, int]] = field(default_factory=Counter[tuple[int, int]])
    ignored: tuple[int, ...] = ()

    @override
    def add(self, predicted: NDArray[Any], target: NDArray[Any]) -> None:
        """Adds logits [N, classes] and classes [N]."""
        pairs = zip(target.tolist(), predicted.argmax(-1).tolist(), strict=True)
        self.pairs.update(pair for pair in pairs if pair[0] not in self.ignored)

    @override
    def extend(self, other: Self) -> None:
        self.pairs.update(other.pairs)

    @override
    def metrics(self) -> Mapping[str, float]:
        if not self.pairs:
            raise ValueError("there is no sample")
        return {"accuracy_percent": 100 * right(self.confusion()) / self.pairs.total()}

    @property
    @override
    def count(self) -> int | None:
        return self.pairs.total()

    @override
    def confusion(self) -> Mapping[int, Mapping[int, int]]:
        return confusion(self.pairs.elements())

    @override
    def classes(self) -> Mapping[int, Mapping[str, float]]:
        return {k: scores for k, scores in class_scores(self.confusion()).items() if k not in self.ignored}


class StepScores(ClassScores):
    """The share of time steps whose class is right; the samples that it is about are the sequences."""

    @property
    @override
    def count(self) -> int | None:
        return None


def row(logits: NDArray[Any], classes: Sequence[str]) -> dict[str, object]:
    """The class with the largest logit, and its share of the softmax."""
    odds, best = np.exp(logits - logits.max()), int(logits.argmax())
    return {
        "prediction": classes[best] if best < len(classes) else best,
        "probability": round(float(odds[best] / odds.sum()), 6),
    }


def class_baselines(train: SampleSet, test: SampleSet, ignored: tuple[int, ...]) -> Mapping[str, Mapping[str, float]]:
    """The most frequent class, and the class with the nearest mean where all samples have one size."""
    majority = majority_class(*(numbers[~np.isin(numbers, ignored)] for numbers in (_numbers(train), _numbers(test))))
    found = {"majority class": majority, "nearest mean": nearest_mean(train, test, ignored)}
    return {method: {"accuracy_percent": share} for method, share in found.items() if share is not None}


def majority_class(train: NDArray[np.int64], test: NDArray[np.int64]) -> float:
    """The test accuracy in percent of always predicting the most frequent class of the training set (the first on a tie)."""
    return 100 * float((test == np.bincount(train).argmax()).mean())


def nearest_mean(train: SampleSet, test: SampleSet, ignored: tuple[int, ...] = ()) -> float | None:
    """The test accuracy in percent of predicting the class whose mean training sample is nearest (squared L2 distance).

    None if the samples differ in size, such as sequences in length. Classes that are `ignored` don't count.

    Raises:
        DataError: A sample can't be read.
    """
    every = -(-len(train) // MOST_FOR_MEANS)
    sums: dict[int, NDArray[np.float64]] = {}
    counts: dict[int, int] = {}
    for sample in train.samples(every):
        values, label = _flat(sample), int(sample.target)
        if label in ignored:
            continue
        if any(values.shape != of.shape for of in sums.values()):
            return None
        sums[label] = sums[label] + values if label in sums else values
        counts[label] = counts.get(label, 0) + 1
    classes = sorted(sums)
    means = np.stack([sums[k] / counts[k] for k in classes])
    # |x - m|^2 is minimal where x.m - |m|^2 / 2 is maximal.
    offsets = (means**2).sum(1) / 2
    right = counted = 0
    for sample in test.samples():
        if int(sample.target) in ignored:
            continue
        counted += 1
        values = _flat(sample)
        if values.shape != means.shape[1:]:
            return None
        products = np.einsum("kd,d->k", means, values)  # a matrix product would depend on the number of threads
        right += classes[int((products - offsets).argmax())] == int(sample.target)
    return 100 * right / counted


def _flat(sample: Sample) -> NDArray[np.float64]:
    """The values of the inputs; those that have fewer bits are rounded to float32 first, as for the network."""
    return np.concatenate([x.astype(np.float32).astype(np.float64).ravel() for x in sample.inputs.values()])


def _numbers(samples: SampleSet) -> NDArray[np.int64]:
    """The class of each sample."""
    found = samples.class_numbers()
    return np.array([int(sample.target) for sample in samples.samples()]) if found is None else found
