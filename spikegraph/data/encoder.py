"""What makes spikes of the images of a data set."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from spikegraph.dsl.schema.encodings import IMAGE_ENCODINGS
from spikegraph.dsl.spec import Dataset

Encode = Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]]
"""Makes spikes [T, C, H, W] of an image [C, H, W]."""


def encoder(dataset: Dataset) -> Encode | None:
    """What makes spikes of images, with the parameters of the declaration; None if the network gets the images."""
    call = dataset.image_encoding
    encode = None if call is None else IMAGE_ENCODINGS[call.name].encode
    return None if call is None or encode is None else partial(encode, **call.named)
