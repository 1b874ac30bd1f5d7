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
from spikegraph.backends.torch.train.scaling import SKIPPED, scaled, scaled_step, scaler_of
from spikegraph.base.processes import ONE

if TYPE_CHECKING:
    from torch.amp.grad_scaler import GradScaler

    from spikegraph.backends.torch.model import Model, Watch
    from spikegraph.backends.torch.train.step_graph import StepGraph


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
    graph: StepGraph | None = None,
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
        graph: Runs forward and backward passes as a CUDA graph; None for as they are.

    Returns:
        `loss` (the weighted sum) and, if there are several, its terms by label; with scaled gradients `skipped`; scalars [] on
        the device, detached.

    Raises:
        OutOfMemoryError: Memory ran out in the backward pass; the error names the layer.
    """
    parameters = parameters_of(optimizer)
    objective, scaler = objective or Objective(model, losses, ONE), scaler_of(optimizer)
    optimizer.zero_grad(set_to_none=True)
    passes = partial(_passes, model, objective, parameters, check, scaler)
    sums = passes(batches) if graph is None else graph.run(passes, batches, parameters)
    if scaler is not None:
        scaler.unscale_(optimizer)
    if clip is not None:
        torch.nn.utils.clip_grad_norm_(parameters, clip)
    if scaler is not None:
        return sums | {SKIPPED: scaled_step(scaler, optimizer)}
    optimizer.step()
    return sums


def _passes(
    model: Model,
    objective: Any,
    parameters: Sequence[Tensor],
    check: Check | None,
    scaler: GradScaler | None,
    batches: Sequence[Batch],
) -> dict[str, Tensor]:
    """Adds the gradients of all batches; returns the loss and its terms, each batch with its share of the samples."""
    samples, sums = sum(batch.size for batch in batches), dict[str, Tensor]()
    for batch in batches:
        share = batch.size / samples
        with nullcontext() if batch is batches[-1] else objective.no_sync():
            total, parts = guarded(model.graph, partial(_gradients, objective, parameters, batch, share, check, scaler))
        for name, value in {"loss": total, **(parts if len(parts) > 1 else {})}.items():
            sums[name] = value * share + sums[name] if name in sums else value * share
    return sums


def _gradients(
    objective: Any,
    parameters: Sequence[Tensor],
    batch: Batch,
    share: float,
    check: Check | None,
    scaler: GradScaler | None,
    watch: Watch | None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Adds the gradients of a batch; returns the loss and its terms, detached. With `watch` it only repeats the passes."""
    if watch is not None:
        own, total, parts = getattr(objective, "module", objective).alone(batch, watch)
        torch.autograd.grad(own * share, parameters, allow_unused=True)
        return total, parts
    own, total, parts = objective(batch)
    if check is not None:
        check(total, batch)
    scaled(scaler, own * share).backward(inputs=parameters)
    return total, parts
