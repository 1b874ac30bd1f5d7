"""Gradients of convolutions' inputs as compiled code, with 16 products in place of 36 (Lavin and Gray, CVPR 2016)."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.memory import empty_channels_last, memory_format
from spikegraph.backends.torch.native.build import missing
from spikegraph.backends.torch.native.calls import call
from spikegraph.backends.torch.operators import ordinary

CHANNELS = 16
"""The fewest channels, of inputs and outputs, for which it was measured to be faster than torch."""
SHARE = 0.75
"""The largest share of torch's products for which it was: lines and columns are rounded up to even numbers."""


def usable(grad: Float[Tensor, "B O *size"], weight: Float[Tensor, "O C *window"], stride: int) -> bool:
    """Returns true if compiled code supports these gradients, [B, O, *size], and weights, [O, C, *window], and is faster."""
    if not (ordinary(grad) and ordinary(weight)) or grad.device.type != "cpu" or {grad.dtype, weight.dtype} != {torch.float32}:
        return False
    fits = weight.dim() in (4, 5) and {*weight.shape[2:]} == {3} and min(weight.shape[:2]) >= CHANNELS and stride == 1
    if not fits or grad.numel() == 0:
        return False
    lines, columns = grad.shape[-2:]
    share = 16 * math.ceil(lines / 2) * math.ceil(columns / 2) / (9 * lines * columns)
    return share <= SHARE and missing() is None


def input_gradient(
    grad: Float[Tensor, "B O *size"], weight: Float[Tensor, "O C *window"], first: Sequence[int] | None = None
) -> Float[Tensor, "..."]:
    """The gradient of a convolution's input, with stride 1 and padded so that the size stays the same.

    Args:
        grad: The gradient of the result, [B, O, *size] with 2 or 3 spatial axes, float32.
        weight: The weights, [O, C, *window], 3 along each axis, float32.
        first: The axes into which B is divided in the result, such as [T, N]; B by default.

    Returns:
        [*first, C, *size], channels last. Sums are rounded in another order than torch's: with 64 to 512 channels errors were
        0.6 times those of torch for tensors that are channels last, and 1.3 to 3 times those for contiguous ones.

    Raises:
        ValueError: The shapes don't fit.
    """
    axes = grad.dim() - 2
    if grad.shape[1] != weight.shape[0] or weight.shape[2:] != (3,) * axes or axes not in (2, 3):
        raise ValueError(f"the gradient {list(grad.shape)} doesn't fit the weights {list(weight.shape)}")
    grad, weight = (x.contiguous(memory_format=memory_format(axes)) for x in (grad, weight))
    batch, out, *size = grad.shape
    depth, deep = (1, 1) if axes == 2 else (size[0], 3)
    found = empty_channels_last(grad, (batch,) if first is None else first, weight.shape[1], size)
    numbers = [torch.get_num_threads(), batch, depth, *size[-2:], out, weight.shape[1], deep]
    call("input_gradient", torch.float32, [*numbers, grad.data_ptr(), weight.data_ptr(), found.data_ptr()])
    return found
