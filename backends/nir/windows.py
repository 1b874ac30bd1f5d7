"""Convolutions as NIR can say them: without groups, with a square window, and with as many zeros before an axis as after it."""

import numpy as np

from spikegraph.backends.nir.wires import RefusedError
from spikegraph.backends.nir.writer import Array

Window = tuple[Array, tuple[int, ...], tuple[int, ...]]
"""Weights [out, C, *kernel], padding and dilation for each axis."""


def ungrouped(weight: Array, groups: int) -> Array:
    """The weights of a convolution in groups, [out, C / groups, *kernel], with zeros between the groups, [out, C, *kernel]."""
    if groups == 1:
        return weight
    out, width = weight.shape[0] // groups, weight.shape[1]
    dense = np.zeros((weight.shape[0], width * groups, *weight.shape[2:]), weight.dtype)
    for g in range(groups):
        rows = slice(g * out, (g + 1) * out)
        dense[rows, g * width : (g + 1) * width] = weight[rows]
    return dense


def even(
    weight: Array,
    size: tuple[int, ...],
    result: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    before: tuple[int, ...],
) -> Window:
    """A convolution with equal padding on both sides and a square window; zeros around the weights make up the difference.

    Args:
        weight: [out, C, *kernel].
        size: The sizes of the input.
        result: The sizes of the result.
        stride: Along each axis.
        dilation: Along each axis.
        before: Zeros before each axis.

    Raises:
        RefusedError: One axis needs an even number of weights, and the other an odd one.
    """
    kernel = weight.shape[2:]
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    fits = all(n == m for n, m in zip(slid(size, reach, stride, before), result, strict=True))
    if fits and len(set(kernel)) == 1:
        return weight, before, dilation
    dense = undilated(weight, dilation)
    for side in range(max(reach), 2 * max(reach) + max(*stride, *before) + 2):
        fronts = [_front(*axis, side) for axis in zip(size, result, reach, stride, before, strict=True)]
        found = [front for front in fronts if front is not None]
        if len(found) == len(size):
            around = [(0, 0), (0, 0), *((f, side - r - f) for f, r in zip(found, reach, strict=True))]
            padding = tuple(b + f for b, f in zip(before, found, strict=True))
            return np.pad(dense, around), padding, (1,) * len(size)
    help = "use a square kernel, or a padding of its own for each axis"
    raise RefusedError("NIR has no window with an even number of weights along one axis and an odd one along another", help)


def _front(n: int, m: int, reach: int, stride: int, before: int, side: int) -> int | None:
    """The zeros to put before a window, so that with `side` weights and even padding an axis of n numbers has m results."""
    fronts = range(side - reach + 1)
    return next((f for f in fronts if slid((n,), (side,), (stride,), (before + f,)) == (m,)), None)


def slid(size: tuple[int, ...], reach: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes after a window with equal padding on both sides."""
    return tuple((n + 2 * p - r) // s + 1 for n, r, s, p in zip(size, reach, stride, padding, strict=True))


def undilated(weight: Array, dilation: tuple[int, ...]) -> Array:
    """The weights with the zeros between them that a dilation leaves out."""
    if set(dilation) == {1}:
        return weight
    reach = tuple(d * (k - 1) + 1 for k, d in zip(weight.shape[2:], dilation, strict=True))
    dense = np.zeros((*weight.shape[:2], *reach), weight.dtype)
    dense[(slice(None), slice(None), *(slice(None, None, d) for d in dilation))] = weight
    return dense
