"""Nearest resizing to an exact size (paper, 3.2.2): spikes stay spikes."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from spikegraph.backends.torch.modules.sequence import joined_steps, parted_steps


def resize_nearest(x: Tensor, size: Sequence[int]) -> Tensor:
    """Resize the spatial axes; index i of an output axis takes index floor(i * in / out) of the input's.

    Every output value is one of the input's, so a binary map stays binary. The same size gives x itself.

    Args:
        x: [..., C, *spatial] with one, two or three spatial axes, such as [T, N, C, H, W] or [T, N, C, D, H, W].
        size: the spatial sizes of the result.

    Returns:
        [..., C, *size], of the same type.

    Raises:
        ValueError: not one to three sizes, a size below 1, or x has too few axes.
    """
    size = tuple(size)
    if len(size) not in (1, 2, 3) or min(size) < 1:
        raise ValueError(f"a size is one to three numbers from 1 upwards, not {list(size)}")
    if x.dim() < len(size) + 1:
        raise ValueError(f"a tensor of shape {list(x.shape)} has no channels and {len(size)} spatial axes")
    if tuple(x.shape[-len(size) :]) == size:
        return x
    leading = x.shape[: -len(size)]
    if len(leading) == 3:
        return parted_steps(F.interpolate(joined_steps(x), size=size, mode="nearest"), len(x))
    flat = x.reshape(-1, *x.shape[-len(size) - 1 :])
    return F.interpolate(flat, size=size, mode="nearest").reshape(*leading, *size)
