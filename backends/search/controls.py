"""Controls of a search: random architectures that are trained and evaluated as the searched one was, and how it compares."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from spikegraph.backends.torch.train.retrain import retrain
from spikegraph.backends.torch.train.seeding import derive
from spikegraph.errors import DivergedError, UntrainableError
from spikegraph.files import write_whole
from spikegraph.runs.journal import Journal, NoJournal
from spikegraph.runs.metrics import higher_is_better
from spikegraph.runs.summary import Controls, Metrics, Summary
from spikegraph.runs.trial import TrialPoint, TrialRecord, read_trial, strip, write_trial
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.cell_space import CellSpace
from spikegraph.searches.statistics import bootstrap, percentile
from spikegraph.surface import argument

if TYPE_CHECKING:
    from spikegraph.backends.torch.train.log import RunLog
    from spikegraph.data.data_sets import Samples
    from spikegraph.program import Program


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
    samples: Samples
    validation: Samples | None
    test: Samples
    log: RunLog

    def run(self, count: int) -> Controls:
        """Trains so many controls, each in a folder of its own; those that are there already aren't trained again.

        Raises:
            Interrupted: An interrupt was requested; the run is saved.
        """
        own = Architecture.of(self.program.spec.genotypes.values(), self.program.spec.paths.values())
        drawn = different(space_of(self.program), own, count, derive(self.log.settings.seed, "controls"))
        if len(drawn) < count:
            self.log.notice(f"note: there are only {len(drawn)} other architectures, so there are no more controls")
        metrics = [self._metrics(number, architecture) for number, architecture in enumerate(drawn, 1)]
        evaluation = self.log.summary.evaluation
        assert evaluation is not None
        return compared(evaluation.metrics, metrics, count)

    def _metrics(self, number: int, architecture: Architecture) -> Metrics | None:
        """The metrics of a control on the test set; None if its training diverged."""
        main, folder, record = self.log.processes.main, self.log.folder.control(number), TrialRecord()
        if main:
            folder.checkpoints.mkdir(parents=True, exist_ok=True)
            record = read_trial(folder.progress)
        record = self.log.processes.broadcast(record)
        if not record.points:
            begun = time.monotonic()
            point, test = self._trained(number, architecture)
            record = TrialRecord((point,), round(time.monotonic() - begun, 3), test)
            if main:
                write_trial(folder.progress, record)
        if main:
            strip(folder)
        return record.test or None

    def _trained(self, number: int, architecture: Architecture) -> tuple[TrialPoint, Metrics]:
        folder, run = self.log.folder.control(number), self.program.spec.retrain
        assert run is not None
        text = architecture.text(f"Control {number}: a random architecture.")
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
            return TrialPoint(1.0, None if result is None else result.losses["loss"]), test


def space_of(program: Program) -> CellSpace:
    """The architectures that a spec leaves open.

    Raises:
        UntrainableError: There is only one.
    """
    found = CellSpace.of(program.space("retrain"))
    if found.size < 2:
        run = program.spec.retrain
        assert run is not None
        summary = f"{run.span.start}: `{run.network}` has no open choice, so there are no random architectures to compare with"
        raise UntrainableError(summary, f"leave out {argument('control')}")
    return found


def different(space: CellSpace, own: Architecture, count: int, seed: int) -> list[Architecture]:
    """So many random architectures that differ from each other and from one; all of a space that has fewer."""
    random, found = np.random.default_rng(seed), dict[Architecture, None]()
    for _ in range(100 * count):
        if len(found) == count:
            break
        drawn = space.draw(random)
        if set(drawn.decisions) != set(own.decisions):
            found.setdefault(drawn)
    return list(found)


def compared(metrics: Metrics, controls: list[Metrics | None], asked: int) -> Controls:
    """How the run's network compares with its controls by the first metric; a control that diverged is worse than all."""
    metric = next(iter(metrics))
    sign = 1 if higher_is_better(metric) else -1
    values = [None if of is None else of[metric] for of in controls]
    better = [sign * value for value in values if value is not None]
    own, lost = sign * metrics[metric], [-np.inf] * (len(values) - len(better))
    mean = bootstrap(better) if better else None
    return Controls(
        asked=asked,
        metric=metric,
        values=tuple(values),
        percentile=percentile(own, [*better, *lost]) if values else None,
        gain=None if mean is None else own - mean.value,
        interval=None if mean is None or len(better) < 2 else (own - mean.high, own - mean.low),
    )
