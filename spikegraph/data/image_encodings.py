"""Encodings of images as spikes: from an image [C, H, W] to spikes [T, C, H, W]."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.image_steps import Image
from spikegraph.errors import DataError
from spikegraph.registry import Registry

Encoder = Callable[..., NDArray[np.float32]]
"""Encodes an image, float32 [C, H, W]: called with it, a source of random numbers, and the parameters in the spec by name."""

IMAGE_ENCODERS: Registry[Encoder] = Registry(
    "encoding of images", "spikegraph.encodings", package="spikegraph.data.image_encodings"
)
"""All encodings by name; `spikegraph.dsl.schema.encodings.IMAGE_ENCODINGS` has their parameters."""


def rate(image: Image, random: np.random.Generator, *, steps: int, gain: float) -> NDArray[np.float32]:
    """A spike at each step with the probability `gain * pixel`, at most 1 and at least 0."""
    return (random.random((steps, *image.shape), np.float32) < image * np.float32(gain)).astype(np.float32)


def latency(image: Image, random: np.random.Generator, *, steps: int, least: float) -> NDArray[np.float32]:
    """One spike of each pixel, at the step `(1 - pixel) * (steps - 1)`, rounded; none of a pixel below `least`."""
    when = np.rint((1 - np.clip(image, 0, 1)) * np.float32(steps - 1)).astype(np.int64)
    spikes = np.zeros((steps, *image.shape), np.float32)
    np.put_along_axis(spikes, when[None], (image >= least).astype(np.float32)[None], axis=0)
    return spikes


def direct(image: Image, random: np.random.Generator) -> NDArray[np.float32]:
    """The image itself."""
    return image


def encoder(name: str) -> Encoder:
    """The function of an encoding.

    Raises:
        DataError: A plug-in declares it, but not what it does.
    """
    if name not in IMAGE_ENCODERS:
        raise DataError(f"`{name}` encodes no images", help="register the encoding with `IMAGE_ENCODERS` in the plug-in")
    return IMAGE_ENCODERS[name]


IMAGE_ENCODERS.fill({"direct": direct, "rate": rate, "latency": latency})
