"""Norms: (x - mean) / sqrt(variance + eps) * weight + bias; the variance is that of all numbers, divided by their count."""

from collections.abc import Sequence

import numpy as np

from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.wide import WideNorm
from spikegraph.ir.traits import Share
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.references import reference


@reference(Norm)
def norm(call: Call[Norm], x: Array) -> Array:
    """Batch, instance, plane and layer norm; with `per = step` the result of a step is multiplied by the step's factor."""
    op = call.op
    spatial = tuple(range(3, x.ndim))
    match op.kind:
        case "batch":
            y = _batch(call, x, call.node.weights, op.eps, op.momentum)
        case "instance":
            y = _normalised(x, spatial, op.eps)
        case "plane":
            y = _normalised(x, spatial[1:], op.eps)
        case _:  # layer
            y = _normalised(x, (2,), op.eps)
    if op.affine:
        y = y * _of_channels(call.tensor("weight"), x) + _of_channels(call.tensor("bias"), x)
    if op.per == "step":
        factors = call.tensor("step_weight")[call.first : call.first + call.steps]
        y = y * factors.reshape(-1, *(1 for _ in range(x.ndim - 1)))
    return _with_margin(call, y) if op.margin else y


def _with_margin(call: Call[Norm], y: Array) -> Array:
    """The result of a batch norm, with what it gives for 0 by the running statistics on all sides."""
    op, name = call.op, call.node.weights
    mean, var = (
        call.recorded.statistics.get(key, call.tensors[key]) for key in (f"{name}.running_mean", f"{name}.running_var")
    )
    outside = -mean / np.sqrt(var + op.eps)
    if op.affine:
        outside = outside * call.tensor("weight") + call.tensor("bias")
    shape = (*y.shape[:3], *(n + 2 * op.margin for n in y.shape[3:]))
    result = np.array(np.broadcast_to(_of_channels(outside, y), shape))
    result[(..., *(slice(op.margin, op.margin + n) for n in y.shape[3:]))] = y
    return result


@reference(WideNorm)
def wide_norm(call: Call[WideNorm], x: Array) -> Array:
    """Batch norms side by side."""
    return batch_norm(call, x, call.op.shares, call.op.eps, call.op.momentum)


def batch_norm(call: Call, x: Array, shares: Sequence[Share], eps: float, momentum: float) -> Array:
    """Batch norms of ranges of channels, each with its own weights."""
    parts: list[Array] = []
    start = 0
    for share in shares:
        part = x[:, :, start : start + share.channels]
        y = _batch(call, part, share.weights, eps, momentum)
        weight, bias = call.tensor("weight", share.weights), call.tensor("bias", share.weights)
        parts.append(y * _of_channels(weight, part) + _of_channels(bias, part))
        start += share.channels
    return np.concatenate(parts, axis=2)


def _batch(call: Call, x: Array, name: str, eps: float, momentum: float) -> Array:
    """Batch norm without weight and bias; in training over samples, steps and pixels, else with the running statistics."""
    if not call.training:
        mean, var = (_of_channels(call.tensor(f"running_{what}", name), x) for what in ("mean", "var"))
        return (x - mean) / np.sqrt(var + eps)
    axes = (0, 1, *range(3, x.ndim))
    count = x.size // x.shape[2]
    var = x.var(axis=axes)
    unbiased = var * count / (count - 1) if count > 1 else var
    for what, now in (("mean", x.mean(axis=axes)), ("var", unbiased)):
        key = f"{name}.running_{what}"
        running = call.recorded.statistics.get(key, call.tensors[key])
        call.recorded.statistics[key] = (1 - momentum) * running + momentum * now
    return _normalised(x, axes, eps)


def _normalised(x: Array, axes: tuple[int, ...], eps: float) -> Array:
    return (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(x.var(axis=axes, keepdims=True) + eps)


def _of_channels(numbers: Array, x: Array) -> Array:
    """[C] as [C, 1, ...], beside [T, N, C, *size]."""
    return numbers.reshape(-1, *(1 for _ in range(x.ndim - 3)))
