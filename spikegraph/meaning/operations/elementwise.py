"""Functions of numbers one by one."""

import numpy as np

from spikegraph.ir.ops.elementwise import Div, Erf, Exp, Scale, Sigmoid, Sub, Tanh
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.error_function import error_function
from spikegraph.meaning.operations.wiring import at_positions
from spikegraph.meaning.references import reference


@reference(Sub)
def sub(call: Call, x: Array, y: Array) -> Array:
    """X - y; a value [C] counts at every position."""
    x, y = at_positions((x, y))
    return x - y


@reference(Div)
def div(call: Call, x: Array, y: Array) -> Array:
    """X / y; a value [C] counts at every position."""
    x, y = at_positions((x, y))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return x / y


@reference(Scale)
def scale(call: Call[Scale], x: Array) -> Array:
    """X times a number."""
    return call.op.by * x


@reference(Sigmoid)
def sigmoid(call: Call, x: Array) -> Array:
    """1 / (1 + exp(-x)), written so that nothing overflows."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1 + small)


@reference(Tanh)
def tanh(call: Call, x: Array) -> Array:
    """The hyperbolic tangent."""
    return np.tanh(x)


@reference(Erf)
def erf(call: Call, x: Array) -> Array:
    """The error function."""
    return error_function(x)


@reference(Exp)
def exp(call: Call, x: Array) -> Array:
    """The exponential function."""
    with np.errstate(over="ignore"):
        return np.exp(x)
