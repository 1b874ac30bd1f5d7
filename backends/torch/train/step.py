"""One training step, for weights or architecture parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.analysis.out_of_memory import guarded
from spikegraph.backends.distributed.objective import Objective
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import parameters_of
from spikegraph.base.processes import ONE

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model, Watch


Check = Callable[[Tensor, Batch], None]
"""Called with the loss of each batch, a scalar, before its gradient is computed; may raise."""


def step(
    model: Model,
    losses: Losses,
    optimizer: torch.optim.Optimizer,
    batches: Sequence[Batch],
    clip: float | None = None,
    check: Check | None = None,
    objective: Any = None,
) -> dict[str, Float[Tensor, ""]]:
    """Runs forward, backward (only to the optimizer's parameters), clipping and the optimizer's step.

    Args:
        model: The model, in training mode.
        losses: The loss to minimise.
        optimizer: The optimizer of the parameters to change; other parameters get no gradient.
        batches: The batches, whose gradients are added up; each counts by its number of samples.
        clip: Maximum norm of the gradient; None for no clipping.
        check: Looks at each batch's loss before anything changes.
        objective: What `objective_for` made of these; by default for one process.

    Returns:
        `loss` (the weighted sum) and, if there are several, its terms by label; scalars [] on the device, detached.

    Raises:
        OutOfMemoryError: Memory ran out in the backward pass; the error names the layer.
    """
    parameters = parameters_of(optimizer)
    objective, samples = objective or Objective(model, losses, ONE), sum(batch.size for batch in batches)
    optimizer.zero_grad(set_to_none=True)
    sums: dict[str, Tensor] = {}
    for batch in batches:
        share = batch.size / samples
        with nullcontext() if batch is batches[-1] else objective.no_sync():
            total, parts = guarded(model.graph, partial(_gradients, objective, parameters, batch, share, check))
        for name, value in {"loss": total, **(parts if len(parts) > 1 else {})}.items():
            sums[name] = value * share + sums[name] if name in sums else value * share
    if clip is not None:
        torch.nn.utils.clip_grad_norm_(parameters, clip)
    optimizer.step()
    return sums


def _gradients(
    objective: Any, parameters: Sequence[Tensor], batch: Batch, share: float, check: Check | None, watch: Watch | None
) -> tuple[Tensor, dict[str, Tensor]]:
    """Adds the gradients of a batch; returns the loss and its terms, detached. With `watch` it only repeats the passes."""
    if watch is not None:
        own, total, parts = getattr(objective, "module", objective).alone(batch, watch)
        torch.autograd.grad(own * share, parameters, allow_unused=True)
        return total, parts
    own, total, parts = objective(batch)
    if check is not None:
        check(total, batch)
    (own * share).backward(inputs=parameters)
    return total, parts
