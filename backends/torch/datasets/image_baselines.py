"""Baselines for image classification."""

from collections.abc import Iterator, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spikegraph.backends.torch.datasets.image import ImageDataset

MOST_FOR_MEANS = 50_000
"""Maximum number of training images for the class means (the size of CIFAR); larger sets are subsampled evenly."""


class Parts(Protocol):
    """A pair of training and test set, such as `ImageSets`."""

    @property
    def train(self) -> ImageDataset:
        """Training set."""
        ...

    @property
    def test(self) -> ImageDataset:
        """Test set."""
        ...


def image_baselines(sets: Parts) -> Mapping[str, Mapping[str, float]]:
    """The test accuracy in percent of two simple classifiers, by the classifier's name.

    Raises:
        DataError: An image can't be read.
    """
    return {
        "majority class": {"accuracy_percent": majority_class(sets)},
        "nearest mean": {"accuracy_percent": nearest_mean(sets)},
    }


def majority_class(sets: Parts) -> float:
    """The test accuracy in percent of always predicting the most frequent class of the training set (the first on a tie)."""
    guess = np.bincount(sets.train.labels).argmax()
    return 100 * float((sets.test.labels == guess).mean())


def nearest_mean(sets: Parts) -> float:
    """The test accuracy in percent of predicting the class whose mean training image is nearest (squared L2 distance).

    Raises:
        DataError: An image can't be read.
    """
    every = -(-len(sets.train) // MOST_FOR_MEANS)
    plain = sets.train.part(np.arange(0, len(sets.train), every), training=False)
    sums: dict[int, NDArray[np.float64]] = {}
    counts: dict[int, int] = {}
    for pixels, label in _flat(plain):
        sums[label] = sums[label] + pixels if label in sums else pixels
        counts[label] = counts.get(label, 0) + 1
    classes = sorted(sums)
    means = np.stack([sums[k] / counts[k] for k in classes])
    # |x - m|^2 is minimal where x.m - |m|^2 / 2 is maximal.
    offsets = (means**2).sum(1) / 2
    right = sum(classes[int((means @ pixels - offsets).argmax())] == label for pixels, label in _flat(sets.test))
    return 100 * right / len(sets.test)


def _flat(images: ImageDataset) -> Iterator[tuple[NDArray[np.float64], int]]:
    for k in range(len(images)):
        image, label = images[k]
        yield image.double().numpy().ravel(), label
