"""Values around 0 as colours, such as events: blue above 0, rust below, white at 0."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 96
"""Pixels of the longer side of a stored picture."""

IMAGE_AXES = 3
"""[C, H, W]."""

GROUND = (255, 255, 255)
ABOVE, BELOW = (0, 114, 178), (168, 70, 0)
"""Of the colours of Okabe and Ito, which are safe for colour blindness; the second is darker than theirs."""


def full_scale(values: NDArray[Any]) -> float:
    """The size that is drawn in full colour: of a hundred values that aren't 0, one is larger."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    return float(np.percentile(sizes, 99)) if sizes.size else 1.0


def difference(value: NDArray[Any]) -> NDArray[Any]:
    """Events where the light increased, the first half of the channels [C, H, W], minus those where it decreased; [H, W]."""
    half = value.shape[0] // 2
    return value[:half].sum(0) - value[half:].sum(0)


def coloured(plane: NDArray[Any], scale: float) -> NDArray[np.uint8]:
    """Values [H, W] as colours [H, W, 3]; `scale` and more in full colour."""
    share = np.clip(plane.astype(np.float64) / (scale or 1.0), -1, 1)[..., None]
    ground, above, below = (np.array(colour, np.float64) for colour in (GROUND, ABOVE, BELOW))
    mixed: NDArray[np.float64] = ground + np.where(share > 0, above - ground, below - ground) * np.abs(share)
    return np.round(mixed).astype(np.uint8)


def input_picture(values: NDArray[Any], *, timed: bool) -> NDArray[np.uint8]:
    """An input as colours [H, W, C]: of an image [C, H, W] the smallest value is dark and the largest bright.

    Of samples with time steps [T, C, H, W] the sum over time, positive and negative in two colours; of what isn't an image
    the values of each time step as a column.
    """
    values = values.astype(np.float32)
    if values.ndim - timed != IMAGE_AXES:
        plane = values_plane(values, timed=timed)
        return coloured(plane, full_scale(plane))
    if timed:
        total = values.sum(0)
        plane = difference(total) if total.shape[0] == 2 else total.sum(0)
        return coloured(plane, full_scale(plane))
    image = values.transpose(1, 2, 0)
    low, high = float(image.min()), float(image.max())
    return np.round((image - low) / ((high - low) or 1.0) * 255).astype(np.uint8)


def values_plane(values: NDArray[Any], *, timed: bool) -> NDArray[Any]:
    """Values [T, *size] with a column for each time step, or [*size] as a column; [H, W]."""
    return values.reshape(len(values) if timed else 1, -1).T


def at_most(picture: NDArray[Any], side: int = LARGEST) -> NDArray[Any]:
    """A picture [H, W, ...] with some pixels left out, so that its longer side has at most `side`."""
    step = -(-max(picture.shape[:2]) // side)
    return np.ascontiguousarray(picture[::step, ::step])
