"""One epoch of the search: weights and architecture in turn, to first order (section 3.3)."""

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


def bilevel(
    model: Model,
    losses: Losses,
    weights: Descent,
    architecture: Descent,
    batches: Iterable[tuple[Batch, Batch]],
    rates: Callable[[int], float],
    first: int = 0,
) -> Iterator[dict[str, Tensor]]:
    """Updates w by the gradient of L(w, alpha, beta) on A, then alpha and beta by theirs on B, batch by batch.

    To first order: the architecture's gradient takes w as it is, not as a function of the architecture. An epoch of
    warm-up is one of `fit`.

    Args:
        model: The supernet; in training mode from here on.
        losses: What both make small.
        weights: w and its optimiser.
        architecture: alpha and beta and their optimiser, whose learning rate is constant.
        batches: Pairs of one batch of A and one of B.
        rates: The learning rate of w at a step of the epoch, counted from 0.
        first: The number of the first pair.

    Yields:
        The step's losses, those of the architecture under names that begin with `architecture_`.
    """
    model.train()
    for step, (a, b) in enumerate(batches, first):
        set_learning_rate(weights.optimiser, rates(step))
        found = weights.step(model, losses, a)
        searched = architecture.step(model, losses, b)
        yield found | {f"architecture_{name}": value for name, value in searched.items()}
