"""The architecture search: alternating first-order steps on weights and architecture (Che et al., NeurIPS 2022, 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.backends.distributed.objective import objective_for
from spikegraph.backends.search.discretise import discretise
from spikegraph.backends.search.supernet import Supernet
from spikegraph.backends.torch.train.gradients_reach import GradientCheck
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.phase_log import PhaseLog
from spikegraph.backends.torch.train.scaling import with_scaler
from spikegraph.backends.torch.train.step import step
from spikegraph.backends.torch.train.step_graph import step_graph
from spikegraph.searches.comment import genotype_text

if TYPE_CHECKING:
    from spikegraph.backends.search.searching import RunSearch
    from spikegraph.searches.architecture import Architecture


def darts(search: RunSearch) -> Architecture:
    """Trains a spec's supernet: alternates a step on w with a batch of A and a step on alpha and beta with a batch of B.

    Both minimise L(w, alpha, beta). The architecture's gradient is first order: it treats w as a constant. During the
    warm-up only the weights are trained. `partial` is the same search of another supernet (`spikegraph/passes/partial.py`).

    Args:
        search: The search; `split` of its declaration is the fraction of samples in A.

    Returns:
        What `discretise` chooses.

    Raises:
        TrainError: The network has no open choice, or the training diverged.
        UntrainableError: An operation gives a result without a gradient.
        Interrupted: An interrupt was requested; the run is saved.
    """
    program, run, log, (_, validation) = search.program, search.run, search.log, search.data
    supernet = Supernet.begin(search)
    model, batches = supernet.model, supernet.batches
    losses = Losses(model.graph, run.loss, supernet.plain)
    weights = with_scaler(optimizer_for(run.weights, model.weights()), model)
    architecture = with_scaler(optimizer_for(run.architecture, model.architecture.values()), model)
    trained = (model.weights(), list(model.architecture.values()))
    of_w, of_alpha = (objective_for(model, losses, parameters, log.processes) for parameters in trained)
    phase = PhaseLog(log, "search", model, {"weights": weights, "architecture": architecture}, run, batches.steps)
    check_gradients, graphs = GradientCheck(model), [step_graph(model, log.settings) for _ in trained]
    for epoch in phase.epochs():
        model.train()
        # As many samples of B as of A; B is repeated if it is smaller.
        of_b = None if epoch < run.warm_up else batches.steps_on(supernet.b, phase.step, "architecture", epoch)
        for rate, group in batches.rated(weights, epoch, phase.step):
            found = step(model, losses, weights, group, run.clip, phase.check, of_w, graphs[0])
            check_gradients(group[0])
            if of_b is not None:
                moved = step(model, losses, architecture, next(of_b), None, phase.check, of_alpha, graphs[1])
                found |= {f"architecture_{name}": value for name, value in moved.items()}
            phase.record(found, rate)
        if run.snapshots is not None and (epoch + 1) % run.snapshots == 0:
            log.write(log.folder.snapshot(epoch + 1), genotype_text(program, supernet.decoded, log.settings.seed))
        phase.validate(validation)
    log.add(search=phase.result())
    return discretise(supernet, phase.position.first)
