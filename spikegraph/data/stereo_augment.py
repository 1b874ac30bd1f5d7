"""Augmentation of stereo samples: both views and the true disparity get the same crop (Che et al., NeurIPS 2022, 10.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """Crops to this size at a random position, with this probability; otherwise keeps the whole frame.

    Attributes:
        size: Height and width in pixels.
        probability: From 0 to 1.
    """

    size: tuple[int, int]
    probability: float = 1.0

    def __post_init__(self) -> None:
        """Check the ranges.

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


def parse_augment(steps: Sequence[tuple[str, Mapping[str, object]]]) -> tuple[RandomCrop, ...]:
    """Augmentations from names and arguments: `("random_crop", {"size": [h, w], "probability": p})`, where p is 1 by default.

    Raises:
        ValueError: A name or argument is unknown, or a value is out of range.
    """
    return tuple(_parse(name, dict(arguments)) for name, arguments in steps)


def _parse(name: str, arguments: dict[str, object]) -> RandomCrop:
    if name != "random_crop":
        raise ValueError(f"unknown augmentation `{name}`; expected `random_crop`")
    size, probability = arguments.pop("size", None), arguments.pop("probability", 1.0)
    if arguments:
        raise ValueError(f"random_crop takes size and probability, not {', '.join(sorted(arguments))}")
    match size:
        case [int(height), int(width)]:
            pass
        case _:
            raise ValueError(f"random_crop takes a size [height, width], not {size!r}")
    if not isinstance(probability, int | float):
        raise ValueError(f"random_crop takes a number as probability, not {probability!r}")
    return RandomCrop((height, width), float(probability))


def draw_box(steps: Sequence[RandomCrop], size: tuple[int, int], *, seed: int, epoch: int, index: int) -> Box:
    """The region of a sample [H, W] that remains after all steps; depends only on seed, epoch and index."""
    random = np.random.default_rng([seed, epoch, index])
    box = Box(0, 0, *size)
    for step in steps:
        box = step.draw(box, random)
    return box
