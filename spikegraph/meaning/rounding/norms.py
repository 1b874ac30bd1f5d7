"""How rounding changes the result of a norm, and its margin, which has what the norm gives for 0 by its running statistics."""

from collections.abc import Sequence
from math import prod

import numpy as np

from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.traits import Normalisation
from spikegraph.meaning.call import Array
from spikegraph.meaning.rounding.bounded import Bounded, Evaluation


def normed(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """A norm, in the middle of its margin."""
    op, (x,) = f.node.op, xs
    found = _without_margin(f, x, y)
    return around(f, x, found, y) if isinstance(op, Norm) and op.margin else found


def _without_margin(f: Evaluation, x: Bounded, y: Array) -> Array:
    """A norm; a batch norm also as a factor and a summand that the layer before it has taken in."""
    op = f.node.op
    if f.call.training or not (isinstance(op, Norm) and op.kind == "batch"):
        return centred(f, x)
    mean, var = f.tensor("running_mean"), f.tensor("running_var")
    assert mean is not None and var is not None
    weight, bias = f.tensor("weight"), f.tensor("bias")
    scale = 1 / np.sqrt(var + op.eps) * (1 if weight is None else np.abs(weight))
    own = scale * np.abs(mean) + (0 if bias is None else np.abs(bias))
    gamma = f.precision.of_sum(x.terms)  # its summand is one of the terms
    return of_channels(scale, y) * (x.error + f.precision.of_one * np.abs(x.value)) + gamma * of_channels(own, y)


def centred(f: Evaluation, x: Bounded) -> Array:
    """A norm by the mean m and the variance v of the value itself: y = (x - m) / sqrt(v + eps) * weight + bias."""
    op = f.node.op
    assert isinstance(op, Norm)
    spatial = tuple(range(3, x.value.ndim))
    over = {"batch": (0, 1, *spatial), "instance": spatial, "plane": spatial[1:]}.get(op.kind, (2,))
    gamma, one = f.precision.of_sum(prod(x.value.shape[k] for k in over)), f.precision.of_one
    variance, mean = x.value.var(over, keepdims=True), x.value.mean(over, keepdims=True)
    middle = np.abs(x.value - mean)
    most = x.largest.mean(over, keepdims=True)
    apart = x.error + x.error.mean(over, keepdims=True) + gamma * most + one * np.abs(x.value)
    square = np.square(apart).mean(over, keepdims=True)
    spread = 2 * np.sqrt(variance * square) + square + gamma * variance
    highest = 1 / np.sqrt(np.maximum(variance - spread, 0) + op.eps)
    most = middle + apart
    error = highest * apart + most * (highest - 1 / np.sqrt(variance + spread + op.eps)) + one * highest * most
    if not op.affine:
        return error
    weight, bias = f.tensor("weight"), f.tensor("bias")
    assert weight is not None and bias is not None
    weight, bias = of_channels(np.abs(weight), error), of_channels(np.abs(bias), error)
    return weight * error + one * (weight * highest * most + bias)


def of_channels(numbers: Array, y: Array) -> Array:
    """[C] as [C, 1, ...], beside [T, N, C, *size]."""
    return numbers.reshape(-1, *(1 for _ in range(y.ndim - 3)))


def around(f: Evaluation, x: Bounded, inside: Array, y: Array) -> Array:
    """The bounds [T, N, C, *size] of a norm's result without its margin, within those of the margin, as wide as y."""
    norm = f.node.op.normalisation()
    assert norm is not None
    axes = y.ndim - 3
    found = np.array(np.broadcast_to(_outside(f, norm, x).reshape(-1, *(1 for _ in range(axes))), y.shape))
    found[(..., *(slice(norm.margin, n - norm.margin) for n in y.shape[3:]))] = inside
    return found


def _outside(f: Evaluation, norm: Normalisation, x: Bounded) -> Array:
    """The bound of bias - mean * weight / sqrt(variance + eps), [C], with running statistics after this batch in training."""
    mean, var = f.tensor("running_mean"), f.tensor("running_var")
    assert mean is not None and var is not None
    weight, bias, one = f.tensor("weight"), f.tensor("bias"), f.precision.of_one
    of_mean = of_var = np.zeros_like(mean)
    if f.call.training:
        over = (0, 1, *range(3, x.value.ndim))
        count = x.value.size // x.value.shape[2]
        gamma, more = f.precision.of_sum(count), count / max(count - 1, 1)
        own = x.value.var(over)
        of_mean = x.error.mean(over) + gamma * x.largest.mean(over)
        square = np.square(x.error + of_mean.reshape(-1, *(1 for _ in range(x.value.ndim - 3)))).mean(over)
        of_var = more * (2 * np.sqrt(own * square) + square + gamma * own)
        mean = (1 - norm.momentum) * mean + norm.momentum * x.value.mean(over)
        var = (1 - norm.momentum) * var + norm.momentum * more * own
        of_mean, of_var = (norm.momentum * error + one * np.abs(of) for error, of in ((of_mean, mean), (of_var, var)))
    scale = np.ones_like(mean) if weight is None else np.abs(weight)
    most = scale * (np.abs(mean) + of_mean) / np.sqrt(np.maximum(var - of_var, 0) + norm.eps)
    change = most - scale * np.abs(mean) / np.sqrt(var + norm.eps)
    return change + one * (most + (0 if bias is None else np.abs(bias)))
