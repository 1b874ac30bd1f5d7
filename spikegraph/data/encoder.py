"""What makes spikes of images, as a data set declares it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.dsl.schema.encodings import IMAGE_ENCODINGS
from spikegraph.dsl.spec import Dataset
from spikegraph.plugins.later import found
from spikegraph.plugins.returned import of_type

Encode = Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]]
"""Makes spikes [T, C, H, W] of an image [C, H, W]."""


def encoder(dataset: Dataset) -> Encode | None:
    """What makes spikes of images, with the parameters of the declaration; None if the network gets the images."""
    call = dataset.image_encoding
    encode = None if call is None else IMAGE_ENCODINGS[call.name].encode
    return None if call is None or encode is None else partial(_encoded, call.name, found(encode), call.named)


def _encoded(
    name: str,
    encode: Callable[..., object],
    parameters: Mapping[str, Any],
    image: NDArray[np.float32],
    random: np.random.Generator,
) -> NDArray[np.float32]:
    return of_type(np.ndarray, encode(image, random, **parameters), encode, f"the encoding `{name}`")
