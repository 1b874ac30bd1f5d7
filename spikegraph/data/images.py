"""Images and class labels as arrays, and the small Fashion-MNIST of the package."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spikegraph.errors import DataError

SMALL = Path(__file__).with_name("fashion_mnist_small.npz")
"""4,000 training and 1,000 test images of Fashion-MNIST, 28 x 28; its licence is in the file beside it."""

FASHION = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")


class Source(Protocol):
    """A source of labelled images, or of labelled samples with time steps."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of each image, counted from 0; int64 [N]."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""
        ...

    def image(self, index: int) -> NDArray[Any]:
        """One image [H, W, C]: uint8 from 0 to 255, or float32 as a network takes it. Of events [T, C, H, W], any number type.

        Raises:
            DataError: The image can't be read.
        """
        ...


@dataclass(frozen=True)
class ImageArrays:
    """Images of one size in memory.

    Attributes:
        images: uint8 or float32 [N, H, W, C].
        labels: int64 [N].
        classes: Names of the classes.
    """

    images: NDArray[np.uint8] | NDArray[np.float32]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    def image(self, index: int) -> NDArray[np.uint8] | NDArray[np.float32]:
        """As `Source`."""
        return self.images[index]


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
