"""Sums over the samples of all processes, for norms whose statistics are those of all (`--sync-norm`)."""

import torch
import torch.distributed as dist
from torch import Tensor


def of_all(sums: Tensor, count: int, share: float) -> tuple[Tensor, Tensor]:
    """The sums of all processes, and of how many numbers each of them is, a scalar []; both in float64.

    Every process must call it as often as the others.

    Args:
        sums: Those of this process, in float64, of any shape.
        count: Of how many numbers each of them is.
        share: By what they count: 1, or 0 for samples that stand in for none.
    """
    own = torch.cat((sums.flatten() * share, sums.new_full((1,), count * share)))
    dist.all_reduce(own)  # pyright: ignore[reportUnknownMemberType]
    return own[:-1].view_as(sums), own[-1]
