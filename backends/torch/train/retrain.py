"""Retraining: the weights of the derived network, and the surrogates that the spec searches (sections 3.3 and 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.backends.torch.train.batches import Samples
from spikegraph.backends.torch.train.dgs import SurrogateSearch, groups_of
from spikegraph.backends.torch.train.gradient_norms import gradient_norms, watched_weights
from spikegraph.backends.torch.train.initial import initial_model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for, rate_at, set_learning_rate
from spikegraph.backends.torch.train.phase_batches import PhaseBatches
from spikegraph.backends.torch.train.phase_log import PhaseLog
from spikegraph.backends.torch.train.step import step

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.backends.torch.train.log import RunLog
    from spikegraph.program import Program


def retrain(program: Program, samples: Samples, log: RunLog) -> Model:
    """Trains the weights of a spec's network, from the last step that was saved or from the first.

    Args:
        program: With a `retrain`, and the genotypes that its network needs.
        samples: The training set.
        log: Resumes, saves, reports, and stops when asked.

    Raises:
        TrainError: A place of the run isn't marked in the model, or the training diverged.
        Interrupted: The run was asked to end; it is saved.
    """
    run = program.spec.retrain
    assert run is not None
    model = initial_model(program, "retrain", log)
    for dgs in run.dgs:
        groups_of(dgs, model)  # refused before the first step, not in the fifth epoch
    losses = Losses(model.graph, run.loss)
    optimizer = optimizer_for(run.weights, model.weights())
    batches = PhaseBatches(run, samples, range(len(samples)), log.settings.seed, log.device)
    watched = watched_weights(model)
    phase = PhaseLog(log, "retrain", model, {"weights": optimizer}, run.epochs, batches.steps)
    for epoch in phase.epochs():
        model.train()
        for number, batch in enumerate(batches.weights(epoch, phase.step), phase.step):
            rate = rate_at(run, epoch, number / batches.steps)
            set_learning_rate(optimizer, rate)
            phase.record(step(model, losses, optimizer, batch, run.clip) | gradient_norms(watched), rate)
        first = batches.steps
        for place, dgs in enumerate(run.dgs):
            if (epoch + 1) % dgs.every == 0:
                # At the learning rate of the epoch's last step.
                set_learning_rate(optimizer, rate_at(run, epoch, (batches.steps - 1) / batches.steps))
                search = SurrogateSearch(dgs, model, losses, optimizer, run.clip)
                if phase.begin_search(search, first):
                    done, count = search.record.iterations, dgs.iterations * run.batch
                    for found in search.run(batches.read(batches.indexes, count, done, "dgs", place, epoch)):
                        phase.record_iteration(search, found)
                    phase.end_search(search)
                first += dgs.iterations
    log.add(retrain=phase.result())
    return model
