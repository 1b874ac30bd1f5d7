"""Baselines for image classification."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spikegraph.backends.torch.datasets.image_dataset import ImageDataset

MOST_FOR_MEANS = 50_000
"""Maximum number of training images for the class means (the size of CIFAR); larger sets are subsampled evenly."""


def majority_class(train: ImageDataset, test: ImageDataset) -> float:
    """The test accuracy in percent of always predicting the most frequent class of the training set (the first on a tie)."""
    guess = np.bincount(train.labels).argmax()
    return 100 * float((test.labels == guess).mean())


def nearest_mean(train: ImageDataset, test: ImageDataset) -> float:
    """The test accuracy in percent of predicting the class whose mean training image is nearest (squared L2 distance).

    Raises:
        DataError: An image can't be read.
    """
    every = -(-len(train) // MOST_FOR_MEANS)
    plain = train.part(np.arange(0, len(train), every), training=False)
    sums: dict[int, NDArray[np.float64]] = {}
    counts: dict[int, int] = {}
    for pixels, label in _flat(plain):
        sums[label] = sums[label] + pixels if label in sums else pixels
        counts[label] = counts.get(label, 0) + 1
    classes = sorted(sums)
    means = np.stack([sums[k] / counts[k] for k in classes])
    # |x - m|^2 is minimal where x.m - |m|^2 / 2 is maximal.
    offsets = (means**2).sum(1) / 2
    # A matrix product would depend on the number of threads.
    products = (np.einsum("kd,d->k", means, pixels) for pixels, _ in _flat(test))
    right = sum(classes[int((found - offsets).argmax())] == label for found, label in zip(products, test.labels, strict=True))
    return 100 * right / len(test)


def _flat(images: ImageDataset) -> Iterator[tuple[NDArray[np.float64], int]]:
    for k in range(len(images)):
        image, label = images[k]
        yield image.double().numpy().ravel(), label
