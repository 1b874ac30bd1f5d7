"""Reads the image data sets of the language."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spikegraph.backends.torch.datasets.image_folder import read_folders
from spikegraph.backends.torch.datasets.image_sets import ImageSets, image_sets
from spikegraph.backends.torch.datasets.mnist import read_mnist
from spikegraph.data.cifar import read_cifar
from spikegraph.data.image_augment import image_steps
from spikegraph.data.images import read_small
from spikegraph.errors import DataError

SMALL_FASHION = "fashion_mnist_small"
"""The built-in image data set."""

SMALL_NOTE = (
    "these are 4,000 training and 1,000 test images of Fashion-MNIST, grey and 28 x 28: not CIFAR10, CIFAR100 or ImageNet"
)


def read_images(source: str, augment: Sequence[tuple[str, Mapping[str, Any]]], folder: Path | None, seed: int) -> ImageSets:
    """Reads the data sets of a source.

    Args:
        source: The source's name in the language.
        augment: Names and arguments of the augmentations, in order.
        folder: The data folder; ignored for the built-in data set.
        seed: Seed of the augmentation.

    Raises:
        DataError: Files are missing or damaged.
    """
    steps = image_steps(augment)
    if source == SMALL_FASHION:
        train, test = read_small()
        return image_sets(train, test, steps, seed, "the small Fashion-MNIST that comes with the package", [SMALL_NOTE])
    if folder is None:
        raise DataError(f"`{source}` needs a data folder", help="give it with --data DIR")
    if source in ("cifar10", "cifar100"):
        train, test, notes = read_cifar(source, folder)
        return image_sets(train, test, steps, seed, f"{source} ({folder})", notes)
    if source == "imagenet":
        return image_sets(*read_folders(folder), steps, seed, f"folders of images ({folder})")
    return image_sets(*read_mnist(source, folder), steps, seed, f"{source} ({folder})")
