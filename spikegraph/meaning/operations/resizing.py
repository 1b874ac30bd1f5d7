"""Operations that change the size of a map: resizing, upsampling, padding, cropping, stacking, flattening."""

from collections.abc import Sequence

import numpy as np

from spikegraph.ir.ops.framing import Crop, Pad, Stack
from spikegraph.ir.ops.resizing import Resize, Upsample
from spikegraph.ir.ops.shapes import Flatten
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.references import reference


@reference(Resize)
def resize(call: Call[Resize], x: Array, like: Array) -> Array:
    """To the size of `like`, or a fraction of it, with the pixels of the margin."""
    op = call.op
    size = [-(-n // op.down) + 2 * op.margin for n in like.shape[3:]]
    if x.ndim == 3:
        return np.broadcast_to(x.reshape(*x.shape, *(1 for _ in size)), (*x.shape, *size))
    return resized(x, size, op.mode)


@reference(Upsample)
def upsample(call: Call[Upsample], x: Array) -> Array:
    """By a factor; an odd size n becomes (n - 1) * scale + 1."""
    scale = call.op.scale
    return resized(x, [(n - 1) * scale + 1 if n % 2 else n * scale for n in x.shape[3:]], call.op.mode)


def resized(x: Array, size: Sequence[int], mode: str) -> Array:
    """The last axes of x resized one after the other, `nearest` or `bilinear`, which is linear along each axis."""
    for at, m in enumerate(size, x.ndim - len(size)):
        x = _nearest(x, at, m) if mode == "nearest" else _linear(x, at, m)
    return x


def _nearest(x: Array, at: int, m: int) -> Array:
    """Pixel floor(i * n / m) of n for pixel i of m."""
    n = x.shape[at]
    return np.take(x, [i * n // m for i in range(m)], axis=at)


def _linear(x: Array, at: int, m: int) -> Array:
    """Pixel i of m is at (i + 1/2) * n / m - 1/2 of n, between two pixels, and not beyond the first and the last."""
    n = x.shape[at]
    places = np.clip((np.arange(m) + 0.5) * n / m - 0.5, 0, n - 1)
    low = np.floor(places).astype(int)
    share = (places - low).reshape(-1, *(1 for _ in range(x.ndim - at - 1)))
    return (1 - share) * np.take(x, low, axis=at) + share * np.take(x, np.minimum(low + 1, n - 1), axis=at)


@reference(Pad)
def pad(call: Call[Pad], x: Array) -> Array:
    """Zeros before each axis, so that its size is a multiple of a number."""
    return np.pad(x, [(0, 0)] * 3 + [(-n % call.op.multiple, 0) for n in x.shape[3:]])


@reference(Crop)
def crop(call: Call[Crop], x: Array, like: Array) -> Array:
    """The middle or the end of the last axes, with the size of `like`."""
    size = like.shape[3:]
    for at, m in enumerate(size, x.ndim - len(size)):
        removed = x.shape[at] - m
        start = removed // 2 if call.op.at == "centre" else removed
        x = np.take(x, range(start, start + m), axis=at)
    return x


@reference(Stack)
def stack(call: Call[Stack], x: Array) -> Array:
    """A map repeated for each plane."""
    return np.stack([x] * call.op.planes, axis=3)


@reference(Flatten)
def flatten(call: Call, x: Array) -> Array:
    """All numbers of a step as channels, channel by channel."""
    return x.reshape(*x.shape[:2], -1)
