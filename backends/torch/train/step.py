"""One step of an optimiser on one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from spikegraph.backends.torch.train.batches import Batch, inputs_of
from spikegraph.backends.torch.train.losses import Losses

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


@dataclass(frozen=True)
class Descent:
    """What one kind of step changes, and how.

    Attributes:
        parameters: All that a step changes; no other parameter gets a gradient.
        optimiser: Of these parameters.
        clip: The largest norm of their gradient; None leaves it.
    """

    parameters: Sequence[torch.nn.Parameter]
    optimiser: torch.optim.Optimizer
    clip: float | None = None

    def step(self, model: Model, losses: Losses, batch: Batch) -> dict[str, Tensor]:
        """Forward, backward to `parameters` alone, clip, step.

        Returns:
            `loss`, the weighted sum, and its terms if there are several; scalars on the device, detached.
        """
        values, _ = model.run(inputs_of(batch, tuple(model.graph.inputs())), wanted=losses.wanted)
        total, parts = losses(values, batch)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward(inputs=list(self.parameters))
        if self.clip is not None:
            torch.nn.utils.clip_grad_norm_(self.parameters, self.clip)
        self.optimiser.step()
        return {"loss": total.detach(), **(parts if len(parts) > 1 else {})}
