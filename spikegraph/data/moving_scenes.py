"""Renders scenes of flat layers that move."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BACKGROUND = 0
"""Label of the background."""


@dataclass(frozen=True)
class Layer:
    """A flat picture with a constant velocity, in front of the layers before it.

    Attributes:
        light: Luminance from 0 to 1, multiplied by the coverage; float32 [h, w].
        coverage: Share of each pixel that the picture covers, from 0 to 1; float32 [h, w].
        corner: Column and row of the upper left corner at time 0, in pixels of the view.
        velocity: Pixels per time step to the right and down.
        label: The label of its pixels.
    """

    light: NDArray[np.float32]
    coverage: NDArray[np.float32]
    corner: tuple[float, float]
    velocity: tuple[float, float]
    label: int = BACKGROUND

    @cached_property
    def framed(self) -> NDArray[np.float32]:
        """Light and coverage with a frame of nothing, one pixel wide; float32 [2, h + 2, w + 2]."""
        return np.pad(np.stack([self.light, self.coverage]), ((0, 0), (1, 1), (1, 1)))


class Seen(NamedTuple):
    """What a view shows.

    Attributes:
        light: Luminance from 0 to 1, float32 [H, W].
        front: Number of the nearest layer that covers at least half of a pixel, uint8 [H, W].
    """

    light: NDArray[np.float32]
    front: NDArray[np.uint8]


def render(layers: tuple[Layer, ...], time: float, size: tuple[int, int]) -> Seen:
    """The view at a time.

    A layer lies where its velocity has moved it, between whole pixels too: each pixel gets the bilinear mean of four of the
    layer's pixels. A nearer layer covers a farther one by the share of its coverage.

    Args:
        layers: From back to front; the first one must fill the view.
        time: Time steps since time 0.
        size: Height and width of the view in pixels.

    Raises:
        ValueError: The first layer doesn't fill the view.
    """
    light = np.zeros(size, np.float32)
    front = np.zeros(size, np.uint8)
    for number, layer in enumerate(layers):
        place, (own, covered) = _placed(layer, time, size)
        if number == 0 and not (covered.shape == size and covered.min() > 1 - 1e-5):
            raise ValueError(f"the background doesn't fill the view of {size[0]} x {size[1]} pixels at time {time}")
        light[place] = own + (1 - covered) * light[place]
        front[place][covered >= 0.5] = number
    return Seen(light, front)


def _placed(layer: Layer, time: float, size: tuple[int, int]) -> tuple[tuple[slice, slice], NDArray[np.float32]]:
    """The part of the view that a layer touches, and light and coverage there, [2, h, w]."""
    column, row = (c + time * v for c, v in zip(layer.corner, layer.velocity, strict=True))
    left, top = int(np.floor(column)), int(np.floor(row))
    place = tuple(
        slice(min(max(start, 0), end), max(min(start + n - 1, end), 0))
        for start, n, end in zip((top, left), layer.framed.shape[1:], size, strict=True)
    )
    rows, columns = place
    both = layer.framed[:, rows.start - top : rows.stop - top + 1, columns.start - left : columns.stop - left + 1]
    both = _between(both[:, :-1], both[:, 1:], np.float32(row - top))
    return (rows, columns), _between(both[:, :, :-1], both[:, :, 1:], np.float32(column - left))


def _between(before: NDArray[np.float32], after: NDArray[np.float32], part: np.float32) -> NDArray[np.float32]:
    """What lies between two pixels: `after` where the layer lies on whole pixels (part 0), almost `before` where part is 1."""
    return np.add(after, part * (before - after), dtype=np.float32)
