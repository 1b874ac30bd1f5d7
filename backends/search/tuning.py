"""Trains the weights of a supernet, or of a part of it, between the decisions about its architecture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.backends.search.path_optimizer import of_paths
from spikegraph.backends.torch.train.optim import optimizer_for, rate_at, set_learning_rate
from spikegraph.backends.torch.train.scaling import with_scaler
from spikegraph.backends.torch.train.step import step
from spikegraph.base.errors import Interrupted

if TYPE_CHECKING:
    from spikegraph.backends.search.supernet import Path, Supernet


def tune(supernet: Supernet, network: Path, epochs: int, decision: str) -> None:
    """Trains the weights of a network on A; the search's schedule of the learning rate is compressed to these epochs.

    Args:
        supernet: The supernet.
        network: It or a part of it.
        epochs: Number of epochs.
        decision: What was decided before, for the draw of the samples.

    Raises:
        Interrupted: An interrupt was requested.
    """
    run, log, batches = supernet.search.run, supernet.search.log, supernet.batches
    if not epochs:
        return
    weights = with_scaler(optimizer_for(run.weights, supernet.model.weights()), supernet.model)
    of_paths(weights, log.processes, run.clip)
    total = epochs * batches.steps
    log.settings.reporter.start(f"{log.title}training of what is left", total, unit="steps")
    for epoch in range(epochs):
        steps = batches.steps_on(batches.indexes, 0, "tuning", decision, epoch)
        for number, group in enumerate(steps, epoch * batches.steps):
            set_learning_rate(weights, rate_at(run, 0, run.epochs * number / total))
            log.processes.same_buffers(network.model)
            step(network.model, network.losses, weights, group, objective=network)
            log.settings.reporter.advance(number + 1)
            if log.stopping():
                log.settings.reporter.stop()
                raise Interrupted(str(log.folder.checkpoint("search")))
    log.settings.reporter.stop()
