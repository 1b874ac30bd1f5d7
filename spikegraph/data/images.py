"""Images and class labels as arrays, and the small Fashion-MNIST of the package."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.base.errors import DataError
from spikegraph.data.content_hash import array_hash, of_classes
from spikegraph.data.sample import About, Sample
from spikegraph.data.source import Samples

SMALL = Path(__file__).with_name("fashion_mnist_small.npz")
"""4,000 training and 1,000 test images of Fashion-MNIST, 28 x 28; its licence is in the file beside it."""

FASHION = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")


class Labelled(Samples):
    """Samples with a class each.

    Attributes:
        labels: Their classes, counted from 0; int64 [N].
        classes: Names of the classes.
    """

    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    @override
    def __len__(self) -> int:
        return len(self.labels)

    @property
    @override
    def about(self) -> About:
        return About(self.classes)

    @override
    def class_numbers(self) -> NDArray[np.int64]:
        return self.labels


def pixels(image: NDArray[Any]) -> NDArray[np.float32]:
    """An image [H, W, C], uint8 from 0 to 255 or floating-point as the network takes it, as a network's input [C, H, W]."""
    return image.transpose(2, 0, 1).astype(np.float32) / np.float32(255 if image.dtype == np.uint8 else 1)


def image_sample(image: NDArray[Any], label: int) -> Sample:
    """An image [H, W, C] as of `pixels`, and its class."""
    return Sample({"image": pixels(image)}, np.asarray(label, np.int64))


@dataclass(frozen=True)
class ImageArrays(Labelled):
    """Images of one size in memory.

    Attributes:
        images: uint8 or float32 [N, H, W, C].
        labels: int64 [N].
        classes: Names of the classes.
    """

    images: NDArray[np.uint8] | NDArray[np.float32]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if np.ndim(self.images) != 4 or np.shape(self.labels) != (len(self.images),):
            shapes = f"{list(np.shape(self.images))} and {list(np.shape(self.labels))}"
            raise ValueError(f"images and labels are {shapes}, not [N, H, W, C] and [N]")

    @override
    def sample(self, index: int) -> Sample:
        return image_sample(self.images[index], int(self.labels[index]))

    @override
    def picture(self, index: int) -> NDArray[np.uint8] | None:
        image = self.images[index]
        return image.astype(np.uint8, copy=False) if image.dtype == np.uint8 else None

    @override
    def content(self) -> Iterator[bytes]:
        yield from of_classes(self.classes, self.labels)
        yield array_hash(self.images)

    def part(self, chosen: NDArray[np.bool_]) -> "ImageArrays":
        """Some of the images."""
        return ImageArrays(self.images[chosen], self.labels[chosen], self.classes)


def read_small() -> tuple[ImageArrays, ImageArrays]:
    """Training and test set of the small Fashion-MNIST.

    Raises:
        DataError: The installation is incomplete.
    """
    try:
        with np.load(SMALL, allow_pickle=False) as data:
            parts = [(data[f"{part}_images"], data[f"{part}_labels"]) for part in ("train", "test")]
    except (OSError, KeyError, ValueError) as error:
        raise DataError(f"the small Fashion-MNIST can't be read: {error}", SMALL, "reinstall the package") from error
    train, test = (ImageArrays(images[..., None], labels.astype(np.int64), FASHION) for images, labels in parts)
    return train, test
