"""Poolings, and means and sums over axes."""

from functools import reduce as folded

import numpy as np

from spikegraph.ir.ops.pooling import Mean, Pool
from spikegraph.ir.ops.reduction import Reduce, Vote
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.operations.windows import axes_of, padded, seen, taps
from spikegraph.meaning.references import reference

AXES = ("depth", "height", "width")


@reference(Pool)
def pool(call: Call[Pool], x: Array) -> Array:
    """The mean over all pixels, or the maximum or mean over the pixels of each window; padding isn't counted."""
    op = call.op
    if op.kind == "global":
        return x.mean(axis=tuple(range(3, x.ndim)))
    axes = axes_of(x.shape[3:], op.kernel, op.stride, 1, op.padding)
    if op.kind == "max":
        x = padded(x, axes, -np.inf)
        return folded(np.maximum, (seen(x, axes, tap) for tap in taps(axes)))
    x, ones = padded(x, axes), padded(np.ones(x.shape[3:]), axes)
    sums, counts = (sum((seen(v, axes, tap) for tap in taps(axes)), np.zeros(())) for v in (x, ones))
    return sums / counts


@reference(Mean)
def mean(call: Call, x: Array) -> Array:
    """The mean over the time steps."""
    return x.mean(axis=0, keepdims=True)


@reference(Reduce)
def reduce(call: Call[Reduce], x: Array) -> Array:
    """Maximum, mean or sum over an axis, over all positions, over the channels of each head, over the heads, or over time."""
    op = call.op
    by = {"max": np.max, "mean": np.mean, "sum": np.sum}[op.by]
    match op.over:
        case "time":
            steps = len(x) if call.node.operand_values[0].steps or op.steps is None else op.steps
            return by(np.broadcast_to(x, (steps, *x.shape[1:])), axis=0, keepdims=True)
        case "space":
            return by(x.reshape(*x.shape[:3], -1), axis=3)
        case "channels":
            return np.concatenate([by(head, axis=2, keepdims=True) for head in np.split(x, op.heads, axis=2)], axis=2)
        case "heads":
            return by(np.stack(np.split(x, op.heads, axis=2)), axis=0)
        case _:
            return by(x, axis=AXES.index(op.over) - len(AXES))


@reference(Vote)
def vote(call: Call[Vote], x: Array) -> Array:
    """The mean over neighbouring channels: class k has those from k * voters on."""
    voters = call.op.voters
    return np.stack([x[:, :, k : k + voters].mean(axis=2) for k in range(0, x.shape[2], voters)], axis=2)
