"""Nearest-neighbour resizing to an exact size (Che et al., NeurIPS 2022, section 3.2.2)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Shaped
from torch import Tensor

from spikegraph.backends.torch.memory import exporting
from spikegraph.backends.torch.modules.sequence import joined_steps, parted_steps
from spikegraph.ir.nearest_index import is_inexact


def resize_nearest(x: Shaped[Tensor, " first *rest"], size: Sequence[int]) -> Shaped[Tensor, " first *resized"]:
    """Resizes the spatial axes; output index i takes its value from input index floor(i * in / out).

    Every output value is an input value, so spikes stay spikes. If the size doesn't change, the result is x itself.

    Args:
        x: [..., C, *spatial] with one, two or three spatial axes, such as [T, N, C, H, W] or [T, N, C, D, H, W].
        size: The spatial sizes of the result.

    Returns:
        [..., C, *size], with the type of x.

    Raises:
        ValueError: There aren't one to three sizes, a size is below 1, or x has too few axes.
    """
    size = tuple(size)
    if len(size) not in (1, 2, 3) or min(size) < 1:
        raise ValueError(f"size must be one to three positive numbers, not {list(size)}")
    if x.dim() < len(size) + 1:
        raise ValueError(f"a tensor of shape {list(x.shape)} can't have channels and {len(size)} spatial axes")
    if tuple(x.shape[-len(size) :]) == size:
        return x
    for axis, m in enumerate(size, x.dim() - len(size)):
        n = x.shape[axis]
        if n != m and (is_inexact(n, m) or (exporting() and is_inexact(n, m, divided=True))):
            x = x.index_select(axis, torch.arange(m, device=x.device) * n // m)
    if tuple(x.shape[-len(size) :]) == size:
        return x
    leading = x.shape[: -len(size)]
    if len(leading) == 3:
        return parted_steps(F.interpolate(joined_steps(x), size=size, mode="nearest"), len(x))
    flat = x.reshape(-1, *x.shape[-len(size) - 1 :])
    return F.interpolate(flat, size=size, mode="nearest").reshape(*leading, *size)
