"""One training step: the same for weights and for architecture parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from spikegraph.backends.torch.train.batches import Batch, inputs_of
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import parameters_of

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


def step(
    model: Model, losses: Losses, optimizer: torch.optim.Optimizer, batch: Batch, clip: float | None = None
) -> dict[str, Tensor]:
    """Forward, backward to the optimizer's parameters alone, clip, step.

    Args:
        model: In training mode.
        losses: What is minimised.
        optimizer: Of the parameters that change; no other parameter gets a gradient.
        batch: The samples.
        clip: The largest norm of the gradient; None leaves it.

    Returns:
        `loss`, the weighted sum, and its terms if there are several; scalars on the device, detached.
    """
    parameters = parameters_of(optimizer)
    values, _ = model.run(inputs_of(batch, tuple(model.graph.inputs())), wanted=losses.wanted)
    total, parts = losses(values, batch)
    optimizer.zero_grad(set_to_none=True)
    total.backward(inputs=parameters)
    if clip is not None:
        torch.nn.utils.clip_grad_norm_(parameters, clip)
    optimizer.step()
    return {"loss": total.detach(), **(parts if len(parts) > 1 else {})}
