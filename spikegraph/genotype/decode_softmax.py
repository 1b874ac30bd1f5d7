"""The softmax that both decoders rank by."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def softmax(values: Array) -> Array:
    """Softmax over the last axis.

    Args:
        values: [..., choices], finite or -inf, with a finite one in each row.

    Returns:
        Probabilities of the same shape; -inf has probability 0.
    """
    exponent = np.exp(values - values.max(axis=-1, keepdims=True))
    return exponent / exponent.sum(axis=-1, keepdims=True)
