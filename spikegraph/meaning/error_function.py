"""The error function, which numpy hasn't."""

import math

import numpy as np

from spikegraph.meaning.call import Array


def error_function(x: Array) -> Array:
    """2 / sqrt(pi) times the integral of exp(-t^2) from 0 to each number."""
    numbers = np.asarray(x, dtype=np.float64)
    return np.array([math.erf(one) for one in numbers.flat]).reshape(numbers.shape)
