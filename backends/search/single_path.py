"""Single-path one-shot search (Guo et al., ECCV 2020): each step trains the weights of one path, drawn uniformly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spikegraph.backends.search.discretise import by_shared_weights, discretise
from spikegraph.backends.search.path_optimizer import of_paths
from spikegraph.backends.search.supernet import Supernet
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.phase_log import PhaseLog
from spikegraph.backends.torch.train.scaling import with_scaler
from spikegraph.backends.torch.train.step import step
from spikegraph.dsl.schema.methods import CHOOSE
from spikegraph.searches.comment import genotype_text

if TYPE_CHECKING:
    from spikegraph.backends.search.searching import RunSearch
    from spikegraph.searches.architecture import Architecture


def single_path(search: RunSearch) -> Architecture:
    """Trains a spec's supernet path by path; what a step costs is what the path costs.

    There are no architecture parameters to learn: `warm_up` and `architecture` have no meaning, and a snapshot has the
    architecture that is best by shared weights.

    Args:
        search: The search; `split` of its declaration is the fraction of samples in A, on which paths are trained.

    Returns:
        What `discretise` chooses.

    Raises:
        TrainError: The network has no open choice, or the training diverged.
        Interrupted: An interrupt was requested; the run is saved.
    """
    program, run, log, (_, validation) = search.program, search.run, search.log, search.data
    supernet = Supernet.begin(search, learnt=False)
    model, batches, space = supernet.model, supernet.batches, search.trials.space
    weights = with_scaler(optimizer_for(run.weights, model.weights()), model)
    fixed = optimizer_for(run.architecture, model.architecture.values())  # never steps
    of_paths(weights, log.processes, run.clip)
    phase = PhaseLog(log, "search", model, {"weights": weights, "architecture": fixed}, run, batches.steps)
    for epoch in phase.epochs():
        for number, (rate, group) in enumerate(batches.rated(weights, epoch, phase.step), phase.step):
            # By epoch and step, so that a resumed search draws the same paths.
            random = np.random.default_rng(search.seed("path", epoch, number))
            path = supernet.path(space.draw(random), statistics=True)
            log.processes.same_buffers(path.model)  # as after a resume, whose checkpoint has those of the main process
            phase.record(step(path.model, path.losses, weights, group, None, phase.check, path), rate)
        if run.snapshots is not None and (epoch + 1) % run.snapshots == 0:
            with phase.saved_if_interrupted():
                best = by_shared_weights(supernet, CHOOSE.of(search.options).named)
            log.write(log.folder.snapshot(epoch + 1), genotype_text(program, best, log.settings.seed))
        phase.validate(validation)
    log.add(search=phase.result())
    return discretise(supernet, phase.position.first)
