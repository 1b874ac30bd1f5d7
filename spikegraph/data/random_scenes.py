"""Draws moving scenes at random: garments of Fashion-MNIST in front of a part of the Middlebury stereo pair."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes

from spikegraph.data.images import FASHION, ImageArrays
from spikegraph.data.moving_scenes import Layer
from spikegraph.data.recorded_scenes import MOST_LAYERS, SIZE, STEPS
from spikegraph.data.scene import View

GROUPS = {
    "T-shirt": 1,
    "pullover": 1,
    "coat": 1,
    "shirt": 1,
    "trouser": 2,
    "dress": 2,
    "sandal": 3,
    "sneaker": 3,
    "ankle boot": 3,
    "bag": 4,
}
"""The label of each class of Fashion-MNIST, a number in `CLASSES`; garments with similar outlines have the same."""

LEAST = 2  # garments of a scene
SIDES = (28, 40)  # height and width of a garment in pixels; those of its image are 28
MARGIN = 12  # pixels from the border of the view within which no garment's centre ends
GARMENT_SPEED = (0.3, 2.0)  # pixels per time step
BACKGROUND_SPEED = (0.1, 1.2)
DARKEST = 0.04  # luminance of a garment's darkest pixel, about that of black cloth
TRAIN_COLUMNS = 260
"""The columns of the stereo pair's left view of which training scenes have parts; test scenes have the others."""


@dataclass(frozen=True)
class Material:
    """What scenes are made of.

    Attributes:
        garments: Images of garments, uint8 [N, 28, 28, 1], with their classes.
        background: Luminance from 0 to 1, float32 [H, W].
    """

    garments: ImageArrays
    background: NDArray[np.float32]


def materials(garments: tuple[ImageArrays, ImageArrays], view: View) -> tuple[Material, Material]:
    """The material of training and of test scenes, which have nothing in common.

    Args:
        garments: Training and test images of Fashion-MNIST.
        view: The left view of the stereo pair.
    """
    backgrounds = view.luminance[:, :TRAIN_COLUMNS], view.luminance[:, TRAIN_COLUMNS:]
    train, test = (Material(images, background) for images, background in zip(garments, backgrounds, strict=True))
    return train, test


def draw_scene(material: Material, random: np.random.Generator) -> tuple[Layer, ...]:
    """A random scene: the background and 2 to 4 garments, the larger ones nearer."""
    sides = np.sort(random.integers(SIDES[0], SIDES[1] + 1, int(random.integers(LEAST, MOST_LAYERS))))
    return (_background(material.background, random), *(_garment(material.garments, int(side), random) for side in sides))


def mask_of(image: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The mask of a garment [H, W]: its pixels that aren't 0, and those that they surround."""
    return binary_fill_holes(image > 0)


def _garment(garments: ImageArrays, side: int, random: np.random.Generator) -> Layer:
    number = int(random.integers(len(garments.labels)))
    image = _mirrored_or_not(garments.images[number, :, :, 0].astype(np.float32), random)
    coverage = mask_of(image).astype(np.float32)
    light = (coverage * (DARKEST + (1 - DARKEST) * image / 255)).astype(np.float32)
    velocity = _velocity(GARMENT_SPEED, random)
    end = random.uniform(MARGIN, SIZE - MARGIN, 2)  # the centre at the last moment
    corner = end - side / 2 - STEPS * velocity
    label = GROUPS[FASHION[int(garments.labels[number])]]
    return Layer(enlarged(light, side), enlarged(coverage, side), _pair(corner), _pair(velocity), label)


def _background(picture: NDArray[np.float32], random: np.random.Generator) -> Layer:
    """A part of the picture that fills the view at all times, mirrored or not."""
    velocity = _velocity(BACKGROUND_SPEED, random)
    reach = 2 + ceil(STEPS * BACKGROUND_SPEED[1])
    side = SIZE + 2 * reach
    top, left = (int(random.integers(int(n) - side + 1)) for n in picture.shape)
    part = _mirrored_or_not(picture[top : top + side, left : left + side], random)
    return Layer(part, np.ones_like(part), (-reach, -reach), _pair(velocity))


def _mirrored_or_not(picture: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    return picture[:, ::-1] if random.random() < 0.5 else picture


def _velocity(speeds: tuple[float, float], random: np.random.Generator) -> NDArray[np.float64]:
    """A velocity in a random direction, in pixels per time step to the right and down."""
    speed, angle = random.uniform(*speeds), random.uniform(0, 2 * np.pi)
    return speed * np.array([np.cos(angle), np.sin(angle)])


def enlarged(picture: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """A picture [H, W] with other height and width, interpolated bilinearly."""
    for axis in (0, 1):
        n = picture.shape[axis]
        at = np.clip((np.arange(side) + 0.5) * n / side - 0.5, 0, n - 1)
        low = np.minimum(at.astype(np.int64), n - 2)
        part = np.expand_dims((at - low).astype(np.float32), 1 - axis)
        picture = np.take(picture, low, axis) * (1 - part) + np.take(picture, low + 1, axis) * part
    return picture


def _pair(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(values[0]), float(values[1])
