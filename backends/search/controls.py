"""Controls of a search: random architectures that are trained and evaluated as the searched one was, and how it compares."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from spikegraph.backends.search.trials import cost_by, direction, training_loss
from spikegraph.backends.torch.train.meter import Meter
from spikegraph.backends.torch.train.retrain import retrain
from spikegraph.backends.torch.train.seeding import derive
from spikegraph.base.errors import DivergedError, UntrainableError
from spikegraph.base.files import write_whole
from spikegraph.base.surface import argument
from spikegraph.runs.journal import Journal, NoJournal
from spikegraph.runs.metrics import higher_is_better
from spikegraph.runs.summary import Controls, Evaluation, Metrics, Summary
from spikegraph.runs.trial import TrialPoint, TrialRecord, read_trial, restart, strip, write_trial
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.cell_space import CellSpace
from spikegraph.searches.distinct import different
from spikegraph.searches.networks import space_of
from spikegraph.searches.statistics import against_mean, against_one, percentile

if TYPE_CHECKING:
    from spikegraph.backends.torch.train.log import RunLog
    from spikegraph.data.sets import DataSet
    from spikegraph.program.program import Program


MOST_CONTROLS = 1000
"""The most controls of a run."""


@dataclass(frozen=True)
class ControlTraining:
    """What the controls are trained and evaluated with: the same as the run's network.

    Attributes:
        program: The spec, with the run's genotype.
        samples: The training set.
        validation: The validation set, if `retrain` has one.
        test: The test set.
        log: The run's log.
    """

    program: Program
    samples: DataSet
    validation: DataSet | None
    test: DataSet
    log: RunLog

    def run(self, count: int) -> Controls:
        """Trains so many controls, each in a folder of its own; those that are there already aren't trained again.

        Raises:
            Interrupted: An interrupt was requested; the run is saved.
        """
        own = Architecture.of(self.program.spec.genotypes.values(), self.program.spec.paths.values())
        drawn = others(controls_space(self.program), own, count, derive(self.log.settings.seed, "controls"))
        if len(drawn) < count:
            self.log.notice(f"note: there are only {len(drawn)} other networks, so there are no more controls")
        records = [self._record(number, architecture) for number, architecture in enumerate(drawn, 1)]
        evaluation = self.log.summary.evaluation
        assert evaluation is not None
        found = compared(evaluation, records, count)
        return replace(found, search_trainings=self.log.summary.search_cost)

    def _record(self, number: int, architecture: Architecture) -> TrialRecord:
        """What came of a control; without metrics on the test set if its training diverged."""
        main, folder, record = self.log.processes.main, self.log.folder.control(number), TrialRecord()
        comment = f"Control {number}: a random architecture."
        if main:
            folder.checkpoints.mkdir(parents=True, exist_ok=True)
            record = read_trial(folder.progress)
            if not record.points and folder.read_genotype() not in (None, architecture.text(comment)):
                restart(folder)  # another version drew another architecture, and was interrupted
        record = self.log.processes.broadcast(record)
        if not record.points:
            begun = time.monotonic()
            point, test = self._trained(number, architecture, comment)
            record = TrialRecord((point,), round(time.monotonic() - begun, 3), test)
            if main:
                write_trial(folder.progress, record)
        if main:
            strip(folder)
        return record

    def _trained(self, number: int, architecture: Architecture, comment: str) -> tuple[TrialPoint, Metrics]:
        folder, run = self.log.folder.control(number), self.program.spec.retrain
        assert run is not None
        text = architecture.text(comment)
        if self.log.processes.main:
            write_whole(folder.genotype, text)
        with Journal(folder.metrics) if self.log.processes.main else NoJournal() as journal:
            title = f"control {number}: "
            log = replace(self.log, folder=folder, journal=journal, summary=Summary(), following=None, title=title)
            try:
                model = retrain(self.program.bind(text, f"control {number}"), self.samples, log, self.validation)
            except DivergedError as error:
                self.log.notice(f"warning: control {number} is out: {error.summary}")
                return TrialPoint(1.0, None), {}
            log.settings.reporter.start(f"{title}test", len(self.test))
            test = log.evaluate(model, self.test, run).metrics
            result = log.summary.retrain
            every, processes = Meter.interval(self.log.device), self.log.processes
            training = processes.broadcast(training_loss(folder, every) if processes.main else None)
            metrics: Metrics = {} if result is None else result.validation
            return TrialPoint(1.0, training, cost_by(metrics), higher=direction(metrics)), test


def require_controls(program: Program, asked: int) -> None:
    """Checks before a run that there can be so many controls; 0 are as many as the search's cost buys.

    Raises:
        UntrainableError: There is one architecture only, or no search whose cost is known.
    """
    controls_space(program)
    if asked == 0 and (program.spec.search is None or program.genotype_text is not None):
        what = argument("control", "random")
        raise UntrainableError(
            f"{what} takes as many random architectures as the search's cost buys, but this run has no search",
            f"write {argument('control', 'random:K')}, such as random:5",
        )


def asked_for(log: RunLog) -> int | None:
    """How many controls a run is to have, None for none: as this call says, else as an earlier one said."""
    held, now = log.summary.controls, log.settings.controls
    if now is None and held is not None and not log.controls:
        return held.asked  # as many as the search's cost bought, or of a version whose manifest has none
    known = log.processes.broadcast(log.summary.search_cost is not None)
    return bought(log) if log.controls == 0 and known else log.controls


def bought(log: RunLog) -> int:
    """How many whole trainings the cost of a run's search buys; two at least, since fewer have no spread."""
    cost = log.processes.broadcast(log.summary.search_cost)
    return min(max(int((cost or 0.0) + 1e-6), 2), MOST_CONTROLS)


def controls_space(program: Program) -> CellSpace:
    """The architectures that a spec leaves open.

    Raises:
        UntrainableError: There is only one.
    """
    found = space_of(program, "retrain")
    if found.size < 2:
        run = program.spec.retrain
        assert run is not None
        summary = f"{run.span.start}: `{run.network}` has no open choice, so there are no random architectures to compare with"
        raise UntrainableError(summary, f"leave out {argument('control')}")
    return found


def others(space: CellSpace, own: Architecture, count: int, seed: int) -> list[Architecture]:
    """So many random architectures that are different networks, and not one's own; all of a space that has fewer."""
    random = np.random.default_rng(seed)
    return different(space, lambda: space.draw(random), count, [own])


def compared(evaluation: Evaluation, controls: list[TrialRecord], asked: int) -> Controls:
    """How the run's network compares with its controls by the first metric; a control that diverged is worse than all."""
    if not evaluation.metrics:  # none was a finite number
        return Controls(asked=asked)
    metric, value = next(iter(evaluation.metrics.items()))
    sign = 1 if higher_is_better(metric) else -1
    values = [record.test.get(metric) for record in controls]
    number, chosen_by = best_of(controls)
    better = [sign * value for value in values if value is not None]
    own, lost = sign * value, [-np.inf] * (len(values) - len(better))
    mean = against_mean(own, better) if better else None
    found = Controls(
        asked=asked,
        metric=metric,
        values=tuple(values),
        percentile=percentile(own, [*better, *lost]) if values else None,
        gain=own - sum(better) / len(better) if better else None,
        interval=None if mean is None else (mean.low, mean.high),
        test_deviation=accuracy_deviation(metric, value, evaluation.samples),
    )
    chosen = None if number is None else values[number - 1]
    if chosen is None:
        return found
    best = against_one(own, sign * chosen, better)
    interval = None if best is None else (best.low, best.high)
    return replace(found, best=number, best_gain=own - sign * chosen, best_interval=interval, chosen_by=chosen_by)


def best_of(controls: list[TrialRecord]) -> tuple[int | None, str]:
    """The number of the control that random search keeps, by the final choice of a search, and what chose it.

    Without a validation, or if one of them has none, as controls of older versions, the training loss chooses.
    """
    trained = {n: point for n, record in enumerate(controls, 1) if record.test and (point := record.at(1.0)) is not None}
    if not trained:
        return None, ""
    validated = {n: point.validation for n, point in trained.items() if point.validation is not None}
    if len(validated) == len(trained):
        return min(validated, key=lambda n: validated[n]), "validation"
    losses = {n: np.inf if point.training is None else point.training for n, point in trained.items()}
    return min(losses, key=lambda n: losses[n]), "training loss"


def accuracy_deviation(metric: str, value: float, samples: int) -> float | None:
    """The standard deviation of an accuracy in percent that comes from drawing the test samples (binomial)."""
    if metric != "accuracy_percent" or samples < 1:
        return None
    return float(np.sqrt(max(value * (100 - value), 0.0) / samples))
