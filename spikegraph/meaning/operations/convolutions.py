"""Layers with weights over channels and windows: convolutions, transposed convolutions, linear layers."""

from collections.abc import Sequence

import numpy as np

from spikegraph.ir.ops.convolution import Conv, Linear
from spikegraph.ir.ops.transposed import Transposed
from spikegraph.ir.ops.wide import WideConv
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.operations.windows import Axis, axes_of, each, padded, seen, seen_by_all, taps
from spikegraph.meaning.references import reference


@reference(Conv)
def conv(call: Call[Conv], x: Array) -> Array:
    """y[o] = bias[o] + sum over the channels c of o's group and the taps k of weight[o, c, k] * x[c, what tap k sees]."""
    op = call.op
    weight = call.tensor("weight")
    if op.sign != "any":
        weight = np.abs(weight) if op.sign == "excitatory" else -np.abs(weight)
    axes = axes_of(x.shape[3:], op.kernel, op.stride, op.dilation, op.padding)
    return _biased(_convolved(x, weight, axes, _groups(op.groups, x)), call.tensor("bias") if op.bias else None)


@reference(WideConv)
def wide_conv(call: Call[WideConv], x: Array) -> Array:
    """Convolutions of one input, side by side."""
    axes = axes_of(x.shape[3:], call.op.kernel, call.op.stride, 1, "centred")
    shares = [share.weights for share in call.op.shares]
    parts = [_biased(_convolved(x, call.tensor("weight", s), axes, 1), call.tensor("bias", s)) for s in shares]
    return np.concatenate(parts, axis=2)


@reference(Transposed)
def transposed(call: Call[Transposed], x: Array, like: Array | None = None) -> Array:
    """Each input adds weight[o, c, k] * x[c] to the output that tap k of its window of a `conv` would see."""
    op, size = call.op, x.shape[3:]
    target = like.shape[3:] if like is not None else tuple(n * s for n, s in zip(size, each(op.stride, len(size)), strict=True))
    axes = axes_of(target, op.kernel, op.stride, op.dilation, "centred")
    weight, groups = call.tensor("weight"), _groups(op.groups, x)
    y = padded(np.zeros((*x.shape[:2], op.out, *target)), axes)
    for tap in taps(axes):
        seen(y, axes, tap)[...] += _over_channels(x, weight[(..., *tap)], groups)
    y = y[(..., *(slice(a.before, a.before + a.inputs) for a in axes))]
    return _biased(y, call.tensor("bias") if op.bias else None)


@reference(Linear)
def linear(call: Call[Linear], x: Array) -> Array:
    """y[o] = bias[o] + sum over c of weight[o, c] * x[c], without c = o if there are no autapses."""
    weight = call.tensor("weight")
    weight = weight if call.op.autapses else weight * (1 - np.eye(len(weight)))
    return _biased(_over_channels(x, weight, 1), call.tensor("bias") if call.op.bias else None)


MOST_SEEN = 2**25
"""Numbers that are multiplied at once, 256 MiB: all that the taps of a large map see would take many times its memory."""


def _convolved(x: Array, weight: Array, axes: Sequence[Axis], groups: int) -> Array:
    """The products of the weights with what all taps see, step by step and some rows at a time."""
    y = np.empty((*x.shape[:2], weight.shape[0], *(a.outputs for a in axes)))
    before = 2 + len(axes)  # [N, C, *kernel, *outputs]
    for step, now in zip(y, padded(x, axes), strict=True):
        windows = seen_by_all(now, axes)
        rows = max(1, MOST_SEEN * axes[0].outputs // max(1, windows.size))
        for first in range(0, axes[0].outputs, rows):
            into = step[:, :, first : first + rows]
            part = windows[(*[slice(None)] * before, slice(first, first + rows))]
            into[...] = _products(weight, part, groups, lead=1).reshape(into.shape)
    return y


def _over_channels(x: Array, weight: Array, groups: int) -> Array:
    """The products of a matrix [out, C / groups] with the channels of x, group by group."""
    return _products(weight, x, groups, lead=2).reshape(*x.shape[:2], weight.shape[0], *x.shape[3:])


def _products(weight: Array, x: Array, groups: int, lead: int) -> Array:
    """y[..., g, o, p] = sum over i of weight[g, o, i] * x[..., g, i, p], where i are the channels of group g, and taps.

    x has `lead` axes before its channels.
    """
    matrix = weight.reshape(groups, weight.shape[0] // groups, -1)
    return matrix @ x.reshape(*x.shape[:lead], groups, matrix.shape[2], -1)


def _biased(y: Array, bias: Array | None) -> Array:
    return y if bias is None else y + bias.reshape(-1, *(1 for _ in range(y.ndim - 3)))


def _groups(groups: int | str, x: Array) -> int:
    return x.shape[2] if isinstance(groups, str) else groups
