"""One training step, for weights or architecture parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.analysis.out_of_memory import guarded
from spikegraph.backends.torch.train.batches import Batch, inputs_of
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import parameters_of

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
) -> dict[str, Float[Tensor, ""]]:
    """Runs forward, backward (only to the optimizer's parameters), clipping and the optimizer's step.

    Args:
        model: The model, in training mode.
        losses: The loss to minimise.
        optimizer: The optimizer of the parameters to change; other parameters get no gradient.
        batches: The batches, whose gradients are added up; each counts by its number of samples.
        clip: Maximum norm of the gradient; None for no clipping.
        check: Looks at each batch's loss before anything changes.

    Returns:
        `loss` (the weighted sum) and, if there are several, its terms by label; scalars [] on the device, detached.

    Raises:
        OutOfMemoryError: Memory ran out in the backward pass; the error names the layer.
    """
    parameters = parameters_of(optimizer)
    names, samples = tuple(model.graph.inputs()), sum(batch.size for batch in batches)
    optimizer.zero_grad(set_to_none=True)
    sums: dict[str, Tensor] = {}
    for batch in batches:
        share = batch.size / samples
        total, parts = guarded(model.graph, partial(_gradients, model, losses, parameters, batch, names, share, check))
        for name, value in {"loss": total, **(parts if len(parts) > 1 else {})}.items():
            sums[name] = value * share + sums[name] if name in sums else value * share
    if clip is not None:
        torch.nn.utils.clip_grad_norm_(parameters, clip)
    optimizer.step()
    return sums


def _gradients(
    model: Model,
    losses: Losses,
    parameters: Sequence[Tensor],
    batch: Batch,
    names: Sequence[str],
    share: float,
    check: Check | None,
    watch: Watch | None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Adds the gradients of a batch; returns the loss and its terms, detached."""
    values, _ = model.run(inputs_of(batch, names), wanted=losses.wanted, watch=watch)
    total, parts = losses(values, batch)
    if check is not None:
        check(total.detach(), batch)
    (total * share).backward(inputs=parameters)  # pyright: ignore[reportUnknownMemberType]
    return total.detach(), parts
