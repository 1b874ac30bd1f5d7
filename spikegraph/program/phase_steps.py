"""How many steps the phases of a spec train for, as far as the spec and what is known of its data tell."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from spikegraph.base.record import record
from spikegraph.dsl.schema.methods import METHODS
from spikegraph.dsl.spec import Run, Search, Spec
from spikegraph.ir.cellspec import CellSpec
from spikegraph.program.search_cost import candidates_cost, epochs_between_decisions, retraining_steps, samples_of, steps_of

RunT = TypeVar("RunT", bound=Run)


@record
class PhaseSteps:
    """The steps of a phase.

    Attributes:
        weights: Steps on the weights; None if the number of samples isn't known.
        architecture: Steps on the architecture parameters.
        trainings: What candidates cost that a search trains, in retrainings; None if the method doesn't tell.
    """

    weights: int | None
    architecture: int = 0
    trainings: float | None = 0.0

    @property
    def all(self) -> int | None:
        """Steps of both kinds."""
        return None if self.weights is None else self.weights + self.architecture


def retrain_steps(spec: Spec) -> PhaseSteps:
    """The steps of a retraining, without its searches of surrogates."""
    return PhaseSteps(retraining_steps(spec))


def search_steps(spec: Spec, cells: Iterable[CellSpec]) -> PhaseSteps:
    """The steps of a search: those of its supernet, also between decisions, and the cost of candidates that it trains.

    Args:
        spec: The spec.
        cells: The cells that it searches.
    """
    search = spec.search
    assert search is not None
    cost = candidates_cost(spec, retraining_steps(spec))
    if not METHODS[search.method.name].supernet:
        return PhaseSteps(0, trainings=cost)
    samples = samples_of(spec, search)
    known = search.epoch_samples is not None or samples is not None
    weights = steps_of(search, max(round((samples or 0) * search.split), 1)) if known else None
    if weights is None or search.method.name == "single_path":
        return PhaseSteps(weights, trainings=cost)
    epoch, learning = weights // search.epochs, max(search.epochs - search.warm_up, 0)
    return PhaseSteps(weights + epoch * epochs_between_decisions(search, cells), epoch * learning, cost)


def of_its_samples(spec: Spec, run: RunT) -> RunT:
    """A run whose batch and number of batches in a step are at most what an epoch has samples for, as far as the spec tells."""
    samples = samples_of(spec, run)
    if samples is not None and isinstance(run, Search):
        samples = max(round(samples * run.split), 1)
    count = run.epoch_samples or samples
    if count is None:
        return run
    batch = min(run.batch, count)
    return replace(run, batch=batch, accumulate=min(run.accumulate, -(-count // batch)))


def batch_steps(spec: Spec, run: Run) -> int | None:
    """The time steps of a training sample of a run's data set; None if only the data or the network tell them."""
    dataset = spec.datasets.get(run.dataset)
    return None if dataset is None else dataset.training_steps()
