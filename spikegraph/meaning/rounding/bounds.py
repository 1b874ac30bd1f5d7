"""How rounding changes the result of each operation: bounds that follow from its operands and weights.

A rule gets an operation and its operands with their bounds, and returns the bound of the result, for a program that computes
it from operands within theirs, in its precision. `|f|` is an operation with the absolute values of its weights and operands.
"""

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from spikegraph.ir.arithmetic import Multiplication
from spikegraph.ir.ops.convolution import Conv, Linear
from spikegraph.ir.ops.over_time import NeuronsOverTime
from spikegraph.ir.ops.pooling import Pool
from spikegraph.ir.ops.reduction import Reduce
from spikegraph.ir.ops.resizing import Resize, Upsample
from spikegraph.ir.ops.stereo import Estimate
from spikegraph.ir.ops.transposed import Transposed
from spikegraph.ir.ops.windows import windows
from spikegraph.meaning.call import Array
from spikegraph.meaning.operations.neurons import numbers_over_time
from spikegraph.meaning.operations.texts import crossing
from spikegraph.meaning.references import GROUP
from spikegraph.meaning.rounding.bounded import UNKNOWN, Bounded, Evaluation
from spikegraph.meaning.rounding.elementwise import bell, divided, exponential, hyperbolic, logistic, scaled, subtracted
from spikegraph.meaning.rounding.neurons import moved_by, rounded_by
from spikegraph.meaning.rounding.norms import normed, of_channels
from spikegraph.meaning.rounding.rates import scaled_by_rate
from spikegraph.meaning.rounding.texts import moved
from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.registry import Registry

LEAST_EXPONENT = 200
"""The weight exp(-200) of a softmax is 0 in float32; entries that a search excludes are far below."""

Rule = Callable[[Evaluation, Sequence[Bounded], Array], Array]
"""(operation, operands, result) -> the bound of the result, [T, N, C, *size]."""


def copied(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """Numbers that are only moved, or the largest of some."""
    return f([x.error for x in xs])


def averaged(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """Sums of numbers times coefficients of 0 to 1: f(e) + gamma |f|(x)."""
    gamma = f.precision.of_one + _terms(f, xs) * f.precision.values
    return f([x.error for x in xs]) + gamma * f([x.largest for x in xs])


def _terms(f: Evaluation, xs: Sequence[Bounded]) -> int:
    """The most terms that a number of the result is a sum of."""
    op, value = f.node.op, f.node.operand_values[0]
    if op.traits.adds or len(xs) > 1:
        return len(xs)
    if isinstance(op, Pool) and op.kind != "global":
        return prod(windows(op.name, len(value.size), op.kernel, op.stride)[0])
    return max(1, xs[0].value[0, 0].size // max(1, f.node.value.channels * prod(f.node.value.size)))


def mixed(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """Sums weighted by a softmax of architecture parameters, whose exponents are rounded relative to their range."""
    named = (f.call.tensors[name] for name in f.node.op.architecture(*f.node.operand_values))
    exponents = min(max(float(np.ptp(each)) for each in named), LEAST_EXPONENT)
    gamma = f.precision.of_one + 2 * (len(xs) + exponents) * f.precision.values
    return f([x.error for x in xs]) + gamma * f([x.largest for x in xs])


def resized(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """Neighbours weighted by their distance; the error of a place is relative to the size of the map."""
    op = f.node.op
    if isinstance(op, Resize | Upsample) and op.mode == "nearest":
        return copied(f, xs, y)
    x = xs[0].largest
    places = 4 * max(*x.shape[3:], *y.shape[3:], 1) * f.precision.values
    widest = x.max(tuple(range(3, x.ndim)), keepdims=True)
    near = widest.max() if y.ndim != x.ndim or y.shape[2] != x.shape[2] else widest
    like = [Bounded.exact(each.value) for each in xs[1:]]  # its size alone counts
    return averaged(f, [xs[0], *like], y) + places * near


def layered(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """A layer with weights: |f|(e + gamma (|x| + e)) + gamma |bias|."""
    op, weight = f.node.op, f.tensor("weight")
    assert weight is not None and isinstance(op, Conv | Linear | Transposed)
    gamma = f.precision.of_sum(fan_in(f))
    signless = {"bias": False, "sign": "any"} if isinstance(op, Conv) else {"bias": False}
    alike = f.with_tensors(weight=np.abs(weight)).with_op(op.model_copy(update=signless))
    x, *like = xs
    error = alike([x.error + gamma * x.largest, *(other.value for other in like)])
    bias = f.tensor("bias") if op.bias else None
    return error if bias is None else error + gamma * of_channels(np.abs(bias), y)


def fan_in(f: Evaluation) -> int:
    """The number of terms of a number of a layer with weights, with the bias."""
    weight = f.tensor("weight")
    assert weight is not None
    return weight[0].size + 1


def rectified(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """A function whose slope is at most 1, without rounding."""
    return xs[0].error


def monotone(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """A neuron without a state, whose result grows with its current, or falls."""
    (x,) = xs
    wide = x.error + f.precision.of_one * np.abs(x.value)
    ends = (np.abs(f([x.value + wide]) - y), np.abs(f([x.value - wide]) - y))
    return np.maximum(*ends) + f.precision.of_one * np.abs(y) + rounded_by(f, moved_by(f, [x.value], {}), y.shape)


def at_once(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """Neurons that have all time steps at once: rounding decides spikes whose potentials it may move over the threshold."""
    op, one = f.node.op, f.precision.of_one
    assert isinstance(op, NeuronsOverTime)
    numbers, shape = numbers_over_time(f.call, op, y.ndim - 3), y.shape
    currents = [np.broadcast_to(x.value, shape) for x in xs]
    errors = [np.broadcast_to(x.error + one * np.abs(x.value), shape) for x in xs]
    found = moved(op.neuron, numbers, currents, {}, one, errors)
    if not op.neuron.spikes:
        return found.result
    u, threshold = crossing(op.neuron, numbers, currents, {})
    return np.where(np.abs(u - threshold) <= found.potential, 1.0, 0.0)


def multiplied(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """Sums of products of the operands: |f|(x + e) (1 + gamma) - |f|(x)."""
    computed = f.node.arithmetic
    assert isinstance(computed, Multiplication)
    features = sum(v.channels + prod(v.size) for v in f.node.operand_values) if len(xs) > 2 else computed.terms
    most = f([x.largest for x in xs])
    return most - f([np.abs(x.value) for x in xs]) + f.precision.of_sum(features) * most


def inhibited(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """(1 - x) y."""
    x, z = xs
    left = np.abs(1 - x.value)
    return left * z.error + x.error * z.largest + f.precision.of_one * (left + x.error) * z.largest


def weighed(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """Means of frames, weighted by another operand."""
    shift, (frames, weights) = f.tensor("shift"), xs
    assert shift is not None
    alike = f.with_tensors(shift=np.zeros_like(shift))
    seen = np.where(frames.value != 0, frames.largest, 0.0)
    most = alike([seen, weights.largest])
    gamma = f.precision.of_sum(f.node.operand_values[0].channels)
    return most - alike([np.abs(frames.value), np.abs(weights.value)]) + gamma * (most + np.abs(shift).max())


def constant(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """Numbers that depend on no operand."""
    return f.precision.of_one * np.abs(y)


def estimated(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """A mean of planes [T, N, D, H, W], weighted by a softmax; unknown where two planes may be the best one.

    If similarities change by at most e, each weight changes by a factor of exp(-2 e) to exp(2 e).
    """
    op, (x,) = f.node.op, xs
    assert isinstance(op, Estimate)
    planes = x.value.shape[2]
    widest = x.error.max(2, keepdims=True) + f.precision.of_one * np.abs(x.value).max(2, keepdims=True)
    reach = (planes - 1 if op.support == "all" else 2 * op.support) * op.step
    error = reach * np.expm1(np.minimum(2 * widest, 500)) + f.precision.of_sum(planes) * (planes * op.step)
    if op.support == "all" or planes == 1:
        return error
    second, first = np.split(np.partition(x.value, planes - 2, axis=2)[:, :, planes - 2 :], 2, axis=2)
    return np.where(first - second <= 2 * widest, UNKNOWN, error)


def measured(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """For an operation of a plug-in without a rule: 16 times the largest change that was seen for operands within their bounds.

    The bound is that of 8 drawn operands, and not proven.
    """
    random = np.random.default_rng(0)
    most = f.precision.of_one * np.abs(y)
    for _ in range(8):
        signs = [2.0 * random.integers(0, 2, x.value.shape) - 1 for x in xs]
        given = [x.value + s * (x.error + f.precision.values * np.abs(x.value)) for x, s in zip(xs, signs, strict=True)]
        most = np.maximum(most, np.abs(f(given) - y))
    return 16 * most


MOVED = (
    "identity",
    "disparity",
    "pad",
    "crop",
    "stack",
    "flatten",
    "tokens",
    "reshape",
    "swap_axes",
    "channel_shuffle",
    "dropout",
    "cost_volume",
    "concat",
    "every",
    "part",
    "each_step",
    "time_to_channels",
    "channels_to_time",
    "split",
    "spread",
    "zero",
)

BOUNDS: Registry[Rule] = Registry(
    "bound of the operation",
    GROUP,
    {
        **dict.fromkeys(MOVED, copied),
        **dict.fromkeys(("add", "gather", "vote"), averaged),
        **dict.fromkeys(("mix", "weighted_gather", "route", "fan"), mixed),
        "pool": lambda f, xs, y: (copied if isinstance(f.node.op, Pool) and f.node.op.kind == "max" else averaged)(f, xs, y),
        "reduce": lambda f, xs, y: (copied if isinstance(f.node.op, Reduce) and f.node.op.by == "max" else averaged)(f, xs, y),
        **dict.fromkeys(("resize", "upsample", "planes"), resized),
        **dict.fromkeys(("conv", "linear", "transposed"), layered),
        "norm": normed,
        **dict.fromkeys(("relu", "mean"), rectified),  # a mean over time of a value that is the same at every step
        **dict.fromkeys(("neuron", "graded"), monotone),
        "neuron_over_time": at_once,
        **dict.fromkeys(("mul", "attend", "product"), multiplied),
        "rate_scale": scaled_by_rate,
        "iand": inhibited,
        "sub": subtracted,
        "div": divided,
        "scale": scaled,
        "sigmoid": logistic,
        "tanh": hyperbolic,
        "erf": bell,
        "exp": exponential,
        "weigh_frames": weighed,
        **dict.fromkeys(("frame_times", "learned"), constant),
        "estimate": estimated,
    },
    kind=FUNCTION,
    needed=False,
)
"""The rule of each operation by its name. One without a rule is measured, and exports say so."""
