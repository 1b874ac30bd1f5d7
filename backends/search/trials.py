"""Trains the candidates of a run's search as its `retrain` says, each in a folder of its own."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from spikegraph.backends.torch.train.paused import Paused
from spikegraph.backends.torch.train.retrain import retrain
from spikegraph.errors import DivergedError
from spikegraph.files import write_whole
from spikegraph.genotype.searched_params import param_cells
from spikegraph.runs.entries import StepEntry
from spikegraph.runs.journal import Journal, NoJournal, last_entry, read_journal
from spikegraph.runs.metrics import higher_is_better
from spikegraph.runs.summary import Summary
from spikegraph.runs.trial import TrialPoint, TrialRecord, read_trial, strip, write_trial
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.cell_space import CellSpace
from spikegraph.searches.trials import Progress, least_share

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.backends.torch.train.log import RunLog
    from spikegraph.data.data_sets import Samples
    from spikegraph.program import Program
    from spikegraph.runs.folder import RunFolder

WINDOW = 0.25
"""The part of the steps so far whose losses are averaged."""


@dataclass
class RunTrials:
    """The candidates of one search. What is trained stays in the run's folder, so that a resumed search goes on.

    Attributes:
        program: The spec, without a genotype.
        samples: The training set of its `retrain`.
        validation: The validation set, if `retrain` has one.
        log: The run's log.
        steps: The steps of a whole training.
    """

    program: Program
    samples: Samples
    validation: Samples | None
    log: RunLog
    steps: int
    _numbers: dict[Architecture, int] = field(default_factory=dict[Architecture, int])

    @property
    def space(self) -> CellSpace:
        """The architectures that the spec leaves open."""
        return self._space

    @cached_property
    def _space(self) -> CellSpace:
        return CellSpace.of(self.program.space("search"), param_cells(self.program.spec))

    @property
    def least(self) -> float:
        """The smallest share of a training after which candidates are compared."""
        return least_share(self.steps)

    def train(self, architecture: Architecture, share: float) -> Progress:
        """Trains a candidate up to a share of its training, from where it is.

        Raises:
            Interrupted: An interrupt was requested; the run is saved.
        """
        number = self._numbers.setdefault(architecture, len(self._numbers) + 1)
        folder, record = self.log.folder.trial(number), TrialRecord()
        if self.log.processes.main:
            folder.checkpoints.mkdir(parents=True, exist_ok=True)
            record = read_trial(folder.progress)
        record = self.log.processes.broadcast(record)
        point = record.at(share)
        if point is None:
            begun = time.monotonic()
            point = self._trained(number, architecture, share)
            points = sorted((*record.points, point), key=lambda p: p.share)
            if self.log.processes.main:
                seconds = round(record.seconds + time.monotonic() - begun, 3)
                write_trial(folder.progress, TrialRecord(tuple(points), seconds))
        worst = math.inf
        training = worst if point.training is None else point.training
        return Progress(share, training, worst if point.training is None else point.validation)

    def whole(self, architecture: Architecture) -> RunFolder | None:
        """The folder of a candidate that is trained to the end."""
        number = self._numbers.get(architecture)
        folder = None if number is None else self.log.folder.trial(number)
        if folder is None or read_trial(folder.progress).at(1.0) is None:
            return None
        return folder

    def _trained(self, number: int, architecture: Architecture, share: float) -> TrialPoint:
        folder = self.log.folder.trial(number)
        title = f"candidate {number}: "
        program = self.program.bind(architecture.text(f"Candidate {number} of the search."), f"candidate {number}")
        if self.log.processes.main:
            self._restart_if_beyond(folder, share)
            write_whole(folder.genotype, architecture.text())
        self.log.processes.wait()
        with Journal(folder.metrics) if self.log.processes.main else NoJournal() as journal:
            log = replace(self.log, folder=folder, journal=journal, summary=Summary(), following=None, title=title)
            metrics: Mapping[str, float] = {}
            try:
                retrain(program, self.samples, log, self.validation, share)
                result = log.summary.retrain
                metrics = {} if result is None else result.validation
            except Paused as paused:
                metrics = self._validated(paused.model, log)
            except DivergedError as error:
                self.log.notice(f"warning: candidate {number} is out: {error.summary}")
                return TrialPoint(share, None)
        losses = _losses(folder) if self.log.processes.main else []
        last = losses[-max(round(WINDOW * len(losses)), 1) :]
        training = self.log.processes.broadcast(sum(last) / len(last) if last else None)
        return TrialPoint(share, training, _cost(metrics))

    def _restart_if_beyond(self, folder: RunFolder, share: float) -> None:
        """Begins a candidate again whose record is lost and whose checkpoint is of later steps than those that are wanted."""
        run = self.program.spec.retrain
        last = last_entry(folder.metrics)
        if run is None or last is None:
            return
        each = self.steps // run.epochs
        if (last.epoch - 1) * each + min(last.step, each) > max(round(share * self.steps), 1):
            strip(folder)
            folder.metrics.unlink()
            folder.checkpoints.mkdir(exist_ok=True)

    def _validated(self, model: Model, log: RunLog) -> Mapping[str, float]:
        run = self.program.spec.retrain
        if self.validation is None or run is None:
            return {}
        log.settings.reporter.start(f"validation of {log.title.removesuffix(': ')}", len(self.validation))
        return log.evaluate(model, self.validation, run).metrics


def _losses(folder: RunFolder) -> list[float]:
    """The losses of a candidate's steps, in order."""
    return [entry.losses["loss"] for entry in read_journal(folder.metrics) if isinstance(entry, StepEntry)]


def _cost(metrics: Mapping[str, float]) -> float | None:
    """The first metric, such that lower is better."""
    if not metrics:
        return None
    name, value = next(iter(metrics.items()))
    return -value if higher_is_better(name) else value
