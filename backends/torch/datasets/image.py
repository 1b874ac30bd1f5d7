"""Images and their classes as a data set for PyTorch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from spikegraph.data.image_augment import augmented
from spikegraph.data.image_steps import Image, Step
from spikegraph.data.images import Source
from spikegraph.errors import DataError


class ImageDataset(Dataset[tuple[Tensor, int]]):
    """Pairs of an image, float32 [C, H, W], and its class.

    Attributes:
        source: The images.
        indexes: Those of them that belong to this set.
        training: Whether chance has a part in the steps.
    """

    def __init__(self, source: Source, steps: Sequence[Step], *, training: bool, seed: int = 0) -> None:
        """All images of a source.

        Args:
            source: The images.
            steps: What is done to each.
            training: Whether chance has a part in it; then it is drawn from the seed, the epoch and the image's number.
            seed: Of the chance.
        """
        self.source, self.steps, self.training, self.seed = source, tuple(steps), training, seed
        self.indexes = np.arange(len(source.labels))
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Chooses what the next images are augmented by."""
        self._epoch = epoch

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of each image of this set."""
        return self.source.labels[self.indexes]

    def part(self, indexes: NDArray[np.int64], *, training: bool) -> ImageDataset:
        """Some images of this set, by their positions."""
        part = ImageDataset(self.source, self.steps, training=training, seed=self.seed)
        part.indexes = self.indexes[indexes]
        return part

    def __len__(self) -> int:
        """The number of images."""
        return len(self.indexes)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """The image `index` and its class.

        Raises:
            DataError: It can't be read, or a step can't be done to it.
        """
        number = int(self.indexes[index])
        image: Image = self.source.image(number).transpose(2, 0, 1).astype(np.float32) / np.float32(255)
        try:
            image = augmented(image, self.steps, (self.seed, self._epoch, number) if self.training else None)
        except ValueError as error:
            raise DataError(f"image {number}: {error}", help="change `augment` of the data set") from error
        return torch.from_numpy(image), int(self.source.labels[number])
