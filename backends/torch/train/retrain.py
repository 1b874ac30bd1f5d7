"""Retraining: the derived network's weights and its surrogate search (Che et al., NeurIPS 2022, sections 3.3 and 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.backends.distributed.objective import objective_for
from spikegraph.backends.torch.train.checkpoint import load_model
from spikegraph.backends.torch.train.dgs import SurrogateSearch, groups_of
from spikegraph.backends.torch.train.dgs_auto import choose_places
from spikegraph.backends.torch.train.gradient_norms import gradient_norms, watched_weights
from spikegraph.backends.torch.train.gradients_reach import GradientCheck
from spikegraph.backends.torch.train.initial import initial_model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import rate_at, set_learning_rate, trained_weights, weights_optimizer
from spikegraph.backends.torch.train.phase_batches import PhaseBatches
from spikegraph.backends.torch.train.phase_log import PhaseLog
from spikegraph.backends.torch.train.scaling import with_scaler
from spikegraph.backends.torch.train.source import start_from
from spikegraph.backends.torch.train.step import step
from spikegraph.backends.torch.train.step_graph import step_graph
from spikegraph.backends.torch.train.surrogate_log import begin_search, end_search, record_iteration
from spikegraph.data.sets import DataSet

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.backends.torch.train.log import RunLog
    from spikegraph.program.program import Program


def retrain(program: Program, samples: DataSet, log: RunLog, validation: DataSet | None = None, share: float = 1.0) -> Model:
    """Trains the weights of a spec's network; resumes from the newest checkpoint, if there is one. What is trained stays.

    Args:
        program: A spec with a `retrain`, and the genotypes that its network needs.
        samples: The training set.
        log: The run's log.
        validation: The validation set, on which the model is evaluated after each epoch; the best one is returned.
        share: The share of all steps to train up to.

    Raises:
        TrainError: A place of a `dgs` has no instrumented neuron, or the training diverged.
        UntrainableError: An operation gives a result without a gradient, or nothing of the weights to start from fits.
        Interrupted: An interrupt was requested; the run is saved.
        Paused: The share is done, and isn't everything.
    """
    run = program.spec.retrain
    assert run is not None
    model = initial_model(program, "retrain", log.settings, log.device)
    for dgs in run.dgs:
        groups_of(dgs, model)  # reports errors before the first step
    checkpoints = (log.folder.checkpoint("retrain", which) for which in ("newest", "previous"))
    if log.summary.retrain is not None and not any(path.exists() for path in checkpoints):
        load_model(log.folder.trained, model)  # it is trained, and its checkpoints aren't needed any more
        return model
    losses = Losses(model.graph, run.loss, program.build("retrain").plain, checked=True)
    optimizer = with_scaler(weights_optimizer(run, model), model)
    batches = PhaseBatches(run, samples, range(len(samples)), log.settings.seed, log.device, log.processes)
    objective = objective_for(model, losses, trained_weights(model), log.processes)
    phase = PhaseLog(log, "retrain", model, {"weights": optimizer}, run, batches.steps, share)
    start_from(model, optimizer, run, log, fresh=not phase.saved)
    choose_places(run, model, losses, batches, phase)
    watched, check_gradients, graph = watched_weights(model), GradientCheck(model), step_graph(model, log.settings)
    for epoch in phase.epochs():
        model.train()
        for rate, group in batches.rated(optimizer, epoch, phase.step):
            found = step(model, losses, optimizer, group, run.clip, phase.check, objective, graph)
            check_gradients(group[0])
            phase.record(found | gradient_norms(watched), rate)
        first = batches.steps
        for place, dgs in enumerate(run.dgs):
            if (epoch + 1) % dgs.every == 0 and groups_of(dgs, model):
                # The learning rate of the epoch's last step.
                set_learning_rate(optimizer, rate_at(run, epoch, (batches.steps - 1) / batches.steps))
                search = SurrogateSearch(dgs, model, losses, optimizer, run.clip, log.processes)
                if begin_search(phase, search, first):
                    done, count = search.record.iterations, dgs.iterations * run.batch
                    for found in search.run(batches.read(batches.indexes, count, done, "dgs", place, epoch)):
                        record_iteration(phase, search, found)
                    end_search(phase, search)
                first += dgs.iterations
        phase.validate(validation)
    log.add(retrain=phase.result())
    if validation is not None:
        load_model(log.folder.trained, model)
    return model
