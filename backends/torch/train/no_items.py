"""Losses of a process whose part of a batch has no item of which they are the mean."""

from collections.abc import Mapping, Sequence
from functools import partial

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from spikegraph.base.processes import Processes


def without_items(
    processes: Processes, values: Mapping[str, Shaped[Tensor, "..."]], wants: Sequence[str], count: Shaped[Tensor, ""] | int
) -> Mapping[str, Shaped[Tensor, "..."]]:
    """The values [...] by name, those of a mean over no items without a gradient from it.

    The gradient of a mean that is 0 / 0 in one of several processes is NaN, even times 0, and would reach all of them.

    Args:
        processes: The processes. One process alone gets the values unchanged.
        values: The values by name.
        wants: Those of which the mean is taken.
        count: The number of items in this process, a scalar [], or their weights' sum.
    """
    if processes.count == 1 or not (isinstance(count, Tensor) or count == 0):
        return values
    return {**values, **{name: _gated(values[name], count) for name in wants}}


def _gated(value: Tensor, count: Tensor | int) -> Tensor:
    own = value.view_as(value)
    if own.requires_grad:
        own.register_hook(partial(_none_for, count))  # pyright: ignore[reportUnknownMemberType]
    return own


def _none_for(count: Tensor | int, gradient: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """The gradient, or zeros for no items; the program doesn't wait for the device of their number."""
    return torch.where(torch.as_tensor(count, device=gradient.device) > 0, gradient, 0.0)
