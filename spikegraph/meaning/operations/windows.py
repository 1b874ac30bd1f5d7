"""Windows that slide over the spatial axes: where they begin, and what they see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spikegraph.meaning.call import Array

Given = int | Sequence[int]


def each(given: Given, axes: int) -> tuple[int, ...]:
    """A number for each axis."""
    return (given,) * axes if isinstance(given, int) else tuple(given)


@dataclass(frozen=True)
class Axis:
    """The windows along an axis: window i sees the inputs i * stride - before + tap * dilation, for each tap below kernel.

    Attributes:
        inputs: Inputs of the axis; what is outside of them is padding.
        kernel: Taps of a window.
        stride: Inputs from window to window.
        dilation: Inputs from tap to tap.
        before: Padding before the first input.
        outputs: Number of windows.
    """

    inputs: int
    kernel: int
    stride: int
    dilation: int
    before: int
    outputs: int

    @property
    def reach(self) -> int:
        """Inputs from the first to the last one that a window sees."""
        return self.dilation * (self.kernel - 1) + 1


def axis(inputs: int, kernel: int, stride: int, dilation: int, padding: int | str) -> Axis:
    """The windows along an axis for a padding of `centred`, `even` or a number of pixels on both sides."""
    reach = dilation * (kernel - 1) + 1
    if isinstance(padding, int):
        return Axis(inputs, kernel, stride, dilation, padding, (inputs + 2 * padding - reach) // stride + 1)
    outputs = -(-inputs // stride)
    if padding == "even":
        before = max((outputs - 1) * stride + reach - inputs, 0) // 2
    elif reach % 2 == 1:
        before = (reach - 1) // 2
    else:
        before = max(reach - stride, 0) // 2
    return Axis(inputs, kernel, stride, dilation, before, outputs)


def axes_of(size: Sequence[int], kernel: Given, stride: Given, dilation: Given, padding: Given | str) -> list[Axis]:
    """The windows along all axes."""
    n = len(size)
    paddings = (padding,) * n if isinstance(padding, str) else each(padding, n)
    return [axis(*one) for one in zip(size, each(kernel, n), each(stride, n), each(dilation, n), paddings, strict=True)]


def taps(axes: Sequence[Axis]) -> Iterator[tuple[int, ...]]:
    """The taps of a window over all axes."""
    return np.ndindex(*(a.kernel for a in axes))


def padded(x: Array, axes: Sequence[Axis], outside: float = 0.0) -> Array:
    """Values [..., *inputs] with so much padding of the value `outside` that all windows lie in it."""
    around = [(a.before, max(0, (a.outputs - 1) * a.stride + a.reach - a.before - a.inputs)) for a in axes]
    if not any(map(any, around)):
        return x
    return np.pad(x, [(0, 0)] * (x.ndim - len(axes)) + around, constant_values=outside)


def seen(x: Array, axes: Sequence[Axis], tap: Sequence[int]) -> Array:
    """What one tap of every window sees, [..., *outputs], of padded values; a view."""
    starts = [k * a.dilation for a, k in zip(axes, tap, strict=True)]
    return x[(..., *(slice(s, s + (a.outputs - 1) * a.stride + 1, a.stride) for a, s in zip(axes, starts, strict=True)))]


def seen_by_all(x: Array, axes: Sequence[Axis]) -> Array:
    """What all taps of every window see, [..., *kernel, *outputs], of padded values; a view."""
    n = len(axes)
    windows = np.lib.stride_tricks.sliding_window_view(x, [a.reach for a in axes], axis=tuple(range(-n, 0)))
    places = (slice(0, (a.outputs - 1) * a.stride + 1, a.stride) for a in axes)
    windows = windows[(..., *places, *(slice(None, None, a.dilation) for a in axes))]
    return np.moveaxis(windows, range(-n, 0), range(x.ndim - n, x.ndim))
