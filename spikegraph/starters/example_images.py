"""Example images: shapes of any colour, size and place, as PNG files of several sizes, and in arrays, grey."""

from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from spikegraph.starters.shapes import SHAPES, shape

IMAGES = 60
"""Images of each class."""

SIDES = 36, 49
"""The least height and width of an image file, and the first that is too large."""

ARRAY_SIDE = 28
"""Height and width of an image in an array."""

DARK, BRIGHT = (0, 100), (150, 256)
"""Levels of what is behind a shape, and of the shape: the lowest, and the first that is too high."""


def write_image_files(folder: Path, random: Generator) -> None:
    """Writes `images/CLASS/NUMBER.png`."""
    from PIL import Image  # noqa: PLC0415 (only needed here)

    for name in SHAPES:
        of_class = folder / "images" / name
        of_class.mkdir(parents=True)
        for number in range(1, IMAGES + 1):
            height, width = random.integers(*SIDES, 2)
            Image.fromarray(_drawn(name, (int(height), int(width)), 3, random)).save(of_class / f"{number:02}.png")


def write_image_arrays(folder: Path, random: Generator) -> None:
    """Writes `images.npz`: `inputs` uint8 [N, H, W], and `targets`, texts [N]."""
    targets = np.repeat(SHAPES, IMAGES)
    images = [_drawn(name, (ARRAY_SIDE, ARRAY_SIDE), 1, random)[..., 0] for name in targets.tolist()]
    np.savez_compressed(folder / "images.npz", inputs=np.stack(images), targets=targets)


def _drawn(name: str, size: tuple[int, int], channels: int, random: Generator) -> NDArray[np.uint8]:
    """A shape, uint8 [H, W, C]."""
    radius = random.uniform(0.2, 0.35) * min(size)
    centre = random.uniform(radius, size[0] - 1 - radius), random.uniform(radius, size[1] - 1 - radius)
    behind, bright = random.integers(*DARK, channels), random.integers(*BRIGHT, channels)
    return np.where(shape(name, size, centre, radius)[..., None], bright, behind).astype(np.uint8)
