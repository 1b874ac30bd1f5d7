"""One epoch of plain training, as in the retraining."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from torch import Tensor

from spikegraph.backends.torch.train.batches import Batch
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import set_learning_rate
from spikegraph.backends.torch.train.step import Descent

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


def fit(
    model: Model,
    losses: Losses,
    weights: Descent,
    batches: Iterable[Batch],
    rates: Callable[[int], float],
    first: int = 0,
) -> Iterator[dict[str, Tensor]]:
    """Trains the weights, batch by batch; between two results everything is between two steps.

    Args:
        model: In training mode from here on.
        losses: What is made small.
        weights: The weights and their optimiser.
        batches: The epoch's, or what is left of it.
        rates: The learning rate at a step of the epoch, counted from 0.
        first: The number of the first batch.

    Yields:
        The step's losses.
    """
    model.train()
    for step, batch in enumerate(batches, first):
        set_learning_rate(weights.optimiser, rates(step))
        yield weights.step(model, losses, batch)
