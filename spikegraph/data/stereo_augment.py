"""Augmentation of stereo samples: both views and the truth are changed in the same way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Box:
    """A region of the frame, in pixels: rows `[top, top + height)`, columns `[left, left + width)`."""

    top: int
    left: int
    height: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Indices of the region in an array's last two axes."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


@dataclass(frozen=True)
class RandomCrop:
    """Crop to this size at a random place, with this probability; else keep the whole (paper, 10.2).

    Attributes:
        size: Height and width in pixels.
        probability: From 0 to 1.
    """

    size: tuple[int, int]
    probability: float = 1.0

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: The size or the probability is out of range.
        """
        if min(self.size) < 1:
            raise ValueError(f"random_crop: the size {list(self.size)} must be positive")
        if not 0 <= self.probability <= 1:
            raise ValueError(f"random_crop: the probability {self.probability} is not from 0 to 1")

    def draw(self, within: Box, random: np.random.Generator) -> Box:
        """A random crop of `within`, or `within` itself.

        Raises:
            ValueError: The crop is larger than `within`.
        """
        height, width = self.size
        if height > within.height or width > within.width:
            raise ValueError(f"random_crop: {height} x {width} doesn't fit into {within.height} x {within.width}")
        chance, row, column = random.random(3)
        if chance >= self.probability:
            return within
        top = within.top + int(row * (within.height - height + 1))
        left = within.left + int(column * (within.width - width + 1))
        return Box(top, left, height, width)


def draw_box(steps: Sequence[RandomCrop], size: tuple[int, int], *, seed: int, epoch: int, index: int) -> Box:
    """The part of a sample of this size to keep; depends only on seed, epoch and index."""
    random = np.random.default_rng([seed, epoch, index])
    box = Box(0, 0, *size)
    for step in steps:
        box = step.draw(box, random)
    return box
