"""Circles, crosses and squares: what the example images and recordings show."""

import numpy as np
from numpy.typing import NDArray

SHAPES = ("circle", "cross", "square")


def shape(name: str, size: tuple[int, int], centre: tuple[float, float], radius: float) -> NDArray[np.bool_]:
    """The pixels of a shape, bool [H, W].

    Args:
        name: One of `SHAPES`.
        size: Height and width.
        centre: Row and column of its middle.
        radius: Half its height and width, in pixels.
    """
    rows, columns = (np.abs(axis - middle) for axis, middle in zip(np.indices(size), centre, strict=True))
    if name == "circle":
        return np.hypot(rows, columns) <= radius
    inside = np.maximum(rows, columns) <= radius
    return inside if name == "square" else inside & (np.minimum(rows, columns) <= radius / 3)
