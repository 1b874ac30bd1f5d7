"""What makes spikes of images, as a data set declares it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.encoded_values import require_declared
from spikegraph.dsl.schema.encodings import IMAGE_ENCODINGS, STEPS, ImageEncoding
from spikegraph.dsl.spec import Dataset
from spikegraph.plugins.later import found
from spikegraph.plugins.returned import of_type

Encode = Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]]
"""Makes spikes [T, C, H, W] of an image [C, H, W]."""


def encoder(dataset: Dataset) -> Encode | None:
    """What makes spikes of images, with the parameters of the declaration; None if the network gets the images.

    It raises a ValueError or TypeError if a plug-in's encoding makes something else than it declares.
    """
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
    made = of_type(np.ndarray, encode(image, random, **parameters), encode, f"the encoding `{name}`")
    if not IMAGE_ENCODINGS.is_built_in(name):
        declared = IMAGE_ENCODINGS[name]
        require_declared(made, _shape(declared, parameters, image.shape), declared.kind, name, encode)
    return made


def _shape(declared: ImageEncoding, parameters: Mapping[str, Any], image: tuple[int, ...]) -> tuple[int | str, ...]:
    """The shape of what an encoding gives for an image of this shape; `T` for any number of time steps."""
    if not declared.steps:
        return image
    if declared.axis is not None and declared.axis < len(image):
        return (image[declared.axis], *image[: declared.axis], *image[declared.axis + 1 :])
    return (parameters.get(STEPS.name, "T"), *image)
