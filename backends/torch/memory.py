"""The memory format of values and weights, and the precision of sums."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

_exporting: Callable[[], bool] = getattr(torch.compiler, "is_exporting", lambda: False)  # torch 2.6 has none


def memory_format(axes: int) -> torch.memory_format:
    """The memory format of values and weights with 2 or 3 spatial axes: channels last, the fastest for convolutions.

    In a program that `torch.export` traces it is the plain one, since the runtimes of other devices know no other.
    """
    if _exporting():
        return torch.contiguous_format
    return {2: torch.channels_last, 3: torch.channels_last_3d}.get(axes, torch.contiguous_format)


def sum_type(*tensors: Tensor) -> torch.dtype:
    """The type of membrane potentials and of sums: float64 if a tensor is float64, else float32, also for bfloat16."""
    return torch.float64 if any(x.dtype == torch.float64 for x in tensors) else torch.float32


def joined(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors concatenated along their first axis; a single one as it is."""
    return tensors[0] if len(tensors) == 1 else torch.cat(tuple(tensors))
