"""Convolutions of any window, dilation and groups, and transposed ones, with operations of torch."""

from collections.abc import Sequence

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from spikegraph.ir.ops.windows import along, padding

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}

Sizes = tuple[int, ...]


def padded_convolution(
    x: Float[Tensor, "B C *size"],
    weight: Float[Tensor, "O _ *window"],
    bias: Float[Tensor, " O"] | None,
    stride: Sizes,
    dilation: Sizes,
    reach: Sizes,
    groups: int,
    zeros: str | int | Sizes = "centred",
) -> Float[Tensor, "B O *out"]:
    """A convolution with ceil(size / stride) outputs along each axis, or with `zeros` on both sides of each.

    Args:
        x: [B, C, *size], one to three axes.
        weight: [O, C / groups, *window].
        bias: [O], or None for 0.
        stride: The stride along each axis.
        dilation: The distance of neighbouring inputs of a window along each axis.
        reach: dilation * (window - 1) + 1 along each axis.
        groups: Number of groups of channels.
        zeros: Where not `centred`, the zeros on both sides of all axes or of each.

    Returns:
        [B, O, *ceil(size / stride)], or [B, O, *floor((size + 2 * zeros - reach) / stride) + 1].
    """
    axes = len(stride)
    if not isinstance(zeros, str):
        zeros = along("conv", "padding", zeros, axes)
        if any(z and r == 1 and s > 1 for z, r, s in zip(zeros, reach, stride, strict=True)):
            x, zeros = F.pad(x, [z for z in reversed(zeros) for _ in range(2)]), (0,) * axes
    # oneDNN's strided 1 x 1 convolution writes beyond its buffers for some batch sizes (such as 5).
    x = x[(..., *[slice(None, None, s if r == 1 else None) for s, r in zip(stride, reach, strict=True)])]
    stride = tuple(1 if r == 1 else s for s, r in zip(stride, reach, strict=True))
    if not isinstance(zeros, str):
        return CONV[axes](x, weight, bias, stride, zeros, dilation, groups)
    pads = [padding(n, r, s) for n, r, s in zip(x.shape[2:], reach, stride, strict=True)]
    if any(after > before for before, after in pads):
        x = F.pad(x, [p for pair in reversed(pads) for p in pair])
        pads = [(0, 0)] * axes
    return CONV[axes](x, weight, bias, stride, tuple(before for before, _ in pads), dilation, groups)


def padded_transposed(
    x: Float[Tensor, "B C *size"],
    weight: Float[Tensor, "O _ *window"],
    bias: Float[Tensor, " O"] | None,
    stride: Sizes,
    dilation: Sizes,
    reach: Sizes,
    groups: int,
    size: Sequence[int],
) -> Float[Tensor, "B O *out"]:
    """The transposed convolution to a size that the stride reduces to that of x.

    Args:
        x: [B, C, *ceil(size / stride)], one to three axes.
        weight: [O, C / groups, *window]; that of `padded_convolution` from O to C channels has the first two axes exchanged.
        bias: [O], or None for 0.
        stride: The stride along each axis.
        dilation: The distance of neighbouring outputs of a window along each axis.
        reach: dilation * (window - 1) + 1 along each axis.
        groups: Number of groups of channels.
        size: The size of the result.

    Returns:
        [B, O, *size].
    """
    before = tuple(padding(n, r, s)[0] for n, r, s in zip(size, reach, stride, strict=True))
    full = [(n - 1) * s + r - 2 * b for n, s, r, b in zip(x.shape[2:], stride, reach, before, strict=True)]
    more = tuple(max(n - f, 0) for n, f in zip(size, full, strict=True))
    by_input = weight.reshape(groups, -1, *weight.shape[1:]).transpose(1, 2).flatten(0, 1)
    y = TRANSPOSED[len(stride)](x, by_input, bias, stride, before, more, groups, dilation)
    return y[(..., *map(slice, size))]
