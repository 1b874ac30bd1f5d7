"""Square weights whose diagonal stays 0, since a hook takes its gradient away: no neuron is connected with itself."""

from collections.abc import Callable

import torch
from torch import Tensor


def without_autapses(weight: Tensor) -> bool:
    """Whether the diagonal of a weight is 0, and its hooks take the gradient of the diagonal away, and nothing else."""
    if weight.dim() != 2 or weight.shape[0] != weight.shape[1] or weight.detach().diagonal().any():
        return False
    hooks: list[Callable[[Tensor], Tensor | None]] = list((weight._backward_hooks or {}).values())
    given = torch.randn(weight.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = given.clone()
    for hook in hooks:
        returned = hook(found.clone())
        found = found if returned is None else returned
    return bool(hooks) and torch.equal(found, given.masked_fill(torch.eye(len(given), dtype=torch.bool), 0))
