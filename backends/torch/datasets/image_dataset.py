"""A PyTorch data set of images, or samples with time steps, and their classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from spikegraph.data.image_augment import augmented
from spikegraph.data.image_steps import Image, Step
from spikegraph.data.images import Source
from spikegraph.errors import DataError

Encode = Callable[[Image, np.random.Generator], NDArray[np.float32]]
"""Makes spikes [T, C, H, W] of an image."""

EVALUATION = 2**32 - 1
"""Stands for the epoch where random encodings of an image are always the same."""

ENCODING = 1
"""Tells the random numbers of an encoding from those of the steps."""


class ImageDataset(Dataset[tuple[Tensor, int]]):
    """Pairs of an image, float32 [C, H, W], or of a sample with time steps [T, C, H, W], and its class (int).

    Attributes:
        source: The images.
        indexes: Indexes of this set's images in the source.
        training: If true, images are augmented randomly.
    """

    def __init__(
        self, source: Source, steps: Sequence[Step], *, training: bool, seed: int = 0, encode: Encode | None = None
    ) -> None:
        """Makes a data set of all images of a source.

        Args:
            source: The images.
            steps: The processing steps for each image.
            training: Augment randomly, depending only on the seed, the epoch and the image's index; false skips random steps.
            seed: Seed of the augmentation.
            encode: Makes spikes [T, C, H, W] of an image after the steps; in evaluation always the same of one image.
        """
        self.source, self.steps, self.training, self.seed = source, tuple(steps), training, seed
        self.encode = encode
        self.indexes = np.arange(len(source.labels))
        self._epoch = 0
        self._size: tuple[int, ...] | None = None

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch, on which the augmentation depends."""
        self._epoch = epoch

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of each image of this set, int64 [N]."""
        return self.source.labels[self.indexes]

    def part(self, indexes: NDArray[np.int64], *, training: bool) -> ImageDataset:
        """A subset with the images at these indexes."""
        part = ImageDataset(self.source, self.steps, training=training, seed=self.seed, encode=self.encode)
        part.indexes = self.indexes[indexes]
        return part

    def __len__(self) -> int:
        """The number of images."""
        return len(self.indexes)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """The image at `index` and its class.

        Raises:
            DataError: The image can't be read, a step can't be applied to it, or its size is another than an earlier image's.
        """
        number = int(self.indexes[index])
        held = self.source.image(number)
        if held.dtype.kind == "f" and not np.isfinite(held).all():
            raise DataError(f"sample {number} has numbers that aren't finite", help="remove it, or replace them")
        if held.ndim == 4:
            image: Image = held.astype(np.float32)
        else:
            image = held.transpose(2, 0, 1).astype(np.float32) / np.float32(255 if held.dtype == np.uint8 else 1)
        try:
            image = augmented(image, self.steps, (self.seed, self._epoch, number) if self.training else None)
        except ValueError as error:
            raise DataError(f"image {number}: {error}", help="change the data set's `augment`") from error
        if self._size is None:
            self._size = image.shape[-2:]
        if image.shape[-2:] != self._size:
            (height, width), (h, w) = image.shape[-2:], self._size
            paths: Sequence[str] | None = getattr(self.source, "paths", None)
            own = "its size" if paths is not None else f"image {number}: its size"
            raise DataError(
                f"{own} is {height} x {width}, but that of another image {h} x {w}",
                None if paths is None else Path(paths[number]),
                "end `augment` with a step that gives all of them one size, such as resize(72), random_crop([64, 64])",
            )
        if self.encode is not None:
            epoch = self._epoch if self.training else EVALUATION
            image = self.encode(image, np.random.default_rng((self.seed, epoch, number, ENCODING)))
        return torch.from_numpy(image), int(self.source.labels[number])  # pyright: ignore[reportUnknownMemberType]
