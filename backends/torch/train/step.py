"""One training step, for weights or architecture parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.train.batches import Batch, inputs_of
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import parameters_of

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


def step(
    model: Model, losses: Losses, optimizer: torch.optim.Optimizer, batches: Sequence[Batch], clip: float | None = None
) -> dict[str, Float[Tensor, ""]]:
    """Runs forward, backward (only to the optimizer's parameters), clipping and the optimizer's step.

    Args:
        model: The model, in training mode.
        losses: The loss to minimise.
        optimizer: The optimizer of the parameters to change; other parameters get no gradient.
        batches: The batches, whose gradients are added up; each counts by its number of samples.
        clip: Maximum norm of the gradient; None for no clipping.

    Returns:
        `loss` (the weighted sum) and, if there are several, its terms by label; scalars [] on the device, detached.
    """
    parameters = parameters_of(optimizer)
    names, samples = tuple(model.graph.inputs()), sum(batch.size for batch in batches)
    optimizer.zero_grad(set_to_none=True)
    sums: dict[str, Tensor] = {}
    for batch in batches:
        values, _ = model.run(inputs_of(batch, names), wanted=losses.wanted)
        total, parts = losses(values, batch)
        share = batch.size / samples
        (total * share).backward(inputs=parameters)  # pyright: ignore[reportUnknownMemberType]
        for name, value in {"loss": total.detach(), **(parts if len(parts) > 1 else {})}.items():
            sums[name] = value * share + sums[name] if name in sums else value * share
    if clip is not None:
        torch.nn.utils.clip_grad_norm_(parameters, clip)
    optimizer.step()
    return sums
