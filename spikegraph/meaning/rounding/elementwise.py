"""How rounding changes functions of numbers one by one."""

from collections.abc import Sequence

import numpy as np

from spikegraph.ir.ops.elementwise import Scale
from spikegraph.meaning.call import Array
from spikegraph.meaning.operations.wiring import at_positions
from spikegraph.meaning.rounding.bounded import UNKNOWN, Bounded, Evaluation

LEAST = float(np.finfo(np.float32).tiny)
"""Results of exponentials below this number have fewer digits."""


def subtracted(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """X - y: the errors of both, and the rounding of the difference."""
    one, other = at_positions([x.error + f.precision.of_one * np.abs(x.value) for x in xs])
    return one + other


def divided(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """X / z: (e_x + |y| e_z) / (|z| - e_z), unknown where z may be 0."""
    (x_error, z_error), (_, z) = at_positions([x.error for x in xs]), at_positions([x.value for x in xs])
    least = np.abs(z) - z_error
    apart = least > 0
    error = (x_error + np.abs(y) * z_error) / np.where(apart, least, 1.0)
    return np.where(apart, error + f.precision.of_one * (np.abs(y) + error), UNKNOWN)


def scaled(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """A constant multiple."""
    op = f.node.op
    assert isinstance(op, Scale)
    return abs(op.by) * xs[0].error + f.precision.of_one * np.abs(y)


def logistic(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """The sigmoid, whose slope is at most 1/4."""
    return xs[0].error / 4 + f.precision.of_one * np.abs(y) + LEAST


def hyperbolic(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """The hyperbolic tangent, whose slope is at most 1."""
    return xs[0].error + f.precision.of_one * np.abs(y)


def bell(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """The error function, whose slope is at most 2 / sqrt(pi) < 1.13."""
    return 1.13 * xs[0].error + f.precision.of_one * np.abs(y)


def exponential(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """exp(x + e) - exp(x), and the rounding of the larger one."""
    wider = np.expm1(np.minimum(xs[0].error, 500))
    with np.errstate(over="ignore"):
        return y * (wider + f.precision.of_one * (1 + wider)) + LEAST
