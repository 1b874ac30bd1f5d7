"""Encodings of images as spikes, from an image [C, H, W] to [T, C, H, W], or as a sequence of its pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
"""[C, H, W]."""


def rate(image: Image, random: np.random.Generator, *, steps: int, gain: float) -> NDArray[np.float32]:
    """A spike at each step with the probability `gain * pixel`, at most 1 and at least 0."""
    return (random.random((steps, *image.shape), np.float32) < image * np.float32(gain)).astype(np.float32)


def latency(image: Image, random: np.random.Generator, *, steps: int, least: float) -> NDArray[np.float32]:
    """One spike of each pixel, at the step `(1 - pixel) * (steps - 1)`, rounded; none of a pixel below `least`."""
    when = np.rint((1 - np.clip(image, 0, 1)) * np.float32(steps - 1)).astype(np.int64)
    spikes = np.zeros((steps, *image.shape), np.float32)
    np.put_along_axis(spikes, when[None], (image >= least).astype(np.float32)[None], axis=0)
    return spikes


def rows(image: Image, random: np.random.Generator) -> NDArray[np.float32]:
    """[T, C, W]: step t is row t, counted from the top.

    Raises:
        ValueError: It isn't an image.
    """
    _require_image(image, "rows")
    return np.ascontiguousarray(np.moveaxis(image, 1, 0))


def columns(image: Image, random: np.random.Generator) -> NDArray[np.float32]:
    """[T, C, H]: step t is column t, counted from the left.

    Raises:
        ValueError: It isn't an image.
    """
    _require_image(image, "columns")
    return np.ascontiguousarray(np.moveaxis(image, 2, 0))


def _require_image(values: Image, encoding: str) -> None:
    if values.ndim != 3:
        raise ValueError(f"`{encoding}` encodes images [C, H, W], but this sample has the shape {list(values.shape)}")
