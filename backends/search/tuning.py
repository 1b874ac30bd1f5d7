"""Trains the weights of a supernet, or of a part of it, between the decisions about its architecture."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from spikegraph.analysis.divergence import STEP_FACTOR, largest_loss
from spikegraph.backends.search.path_optimizer import of_paths
from spikegraph.backends.torch.train.optim import optimizer_for, rate_at, set_learning_rate
from spikegraph.backends.torch.train.scaling import with_scaler
from spikegraph.backends.torch.train.step import step
from spikegraph.base.errors import Interrupted

if TYPE_CHECKING:
    from torch import Tensor

    from spikegraph.backends.search.supernet import Path, Supernet
    from spikegraph.backends.torch.datasets import Batch

TITLE = "training of what is left"
"""What progress and errors call it."""


def tune(supernet: Supernet, network: Path, epochs: int, decision: str) -> None:
    """Trains the weights of a network on A; the search's schedule of the learning rate is compressed to these epochs.

    Args:
        supernet: The supernet.
        network: It or a part of it.
        epochs: Number of epochs.
        decision: What was decided before, for the draw of the samples.

    Raises:
        DivergedError: The loss isn't finite, or is too large.
        Interrupted: An interrupt was requested.
    """
    run, log, batches = supernet.search.run, supernet.search.log, supernet.batches
    if not epochs:
        return
    weights = with_scaler(optimizer_for(run.weights, supernet.model.weights()), supernet.model)
    of_paths(weights, log.processes, run.clip)
    total = epochs * batches.steps
    log.settings.reporter.start(f"{log.title}{TITLE}", total, unit="steps")
    for epoch in range(epochs):
        steps = batches.steps_on(batches.indexes, 0, "tuning", decision, epoch)
        for number, group in enumerate(steps, epoch * batches.steps):
            set_learning_rate(weights, rate_at(run, 0, run.epochs * number / total))
            check = partial(_check, supernet, network, f"epoch {epoch + 1}, step {number % batches.steps + 1}")
            log.processes.same_buffers(network.model)
            step(network.model, network.losses, weights, group, None, check, network)
            log.settings.reporter.advance(number + 1)
            if log.stopping():
                log.settings.reporter.stop()
                raise Interrupted(str(log.folder.checkpoint("search")))
    log.settings.reporter.stop()


def _check(supernet: Supernet, network: Path, at: str, loss: Tensor, batch: Batch) -> None:
    """Stops at a loss that is too large. On a GPU this would wait for the device; there the next comparison finds it."""
    if loss.device.type == "cpu" and not abs(value := float(loss)) <= largest_loss(supernet.first, STEP_FACTOR):
        raise supernet.diverged(f"{TITLE}, {at}", f"the loss is {value:.3g}", network, batch)
