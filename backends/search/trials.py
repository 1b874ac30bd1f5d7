"""Trains the candidates of a run's search as its `retrain` says, each in a folder of its own."""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from spikegraph.backends.search.prices import Price
from spikegraph.backends.torch.train.meter import Meter
from spikegraph.backends.torch.train.paused import Paused
from spikegraph.backends.torch.train.retrain import retrain
from spikegraph.base.errors import DivergedError, UntrainableError
from spikegraph.base.files import write_whole
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.runs.entries import StepEntry
from spikegraph.runs.journal import Journal, NoJournal, last_entry, read_journal
from spikegraph.runs.metrics import higher_is_better
from spikegraph.runs.summary import Summary
from spikegraph.runs.trial import TrialPoint, TrialRecord, read_trial, read_trials, restart, write_trial
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.cell_space import CellSpace
from spikegraph.searches.networks import space_of
from spikegraph.searches.trials import Progress, least_share

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.backends.torch.train.log import RunLog
    from spikegraph.data.sets import DataSet
    from spikegraph.program.program import Program
    from spikegraph.runs.folder import RunFolder

WINDOW = 0.25
"""The part of the steps so far whose losses are averaged."""


@dataclass(frozen=True)
class Candidate:
    """A network that a search trains.

    Attributes:
        number: The number of its folder.
        architecture: The architecture as which it is trained: the first that was asked for of those that are this network.
    """

    number: int
    architecture: Architecture


@dataclass
class RunTrials:
    """The candidates of one search. What is trained stays in the run's folder, so that a resumed search goes on.

    A network is trained once: another architecture that is the same network has its numbers, and its folder.

    Attributes:
        program: The spec, without a genotype.
        samples: The training set of its `retrain`.
        validation: The validation set, if `retrain` has one.
        log: The run's log.
        steps: The steps of a whole training.
    """

    program: Program
    samples: DataSet
    validation: DataSet | None
    log: RunLog
    steps: int
    _candidates: dict[Hashable, Candidate] | None = field(default=None, init=False)

    @property
    def space(self) -> CellSpace:
        """The architectures that the spec leaves open."""
        return self._space

    @cached_property
    def _space(self) -> CellSpace:
        return space_of(self.program)

    @property
    def least(self) -> float:
        """The smallest share of a training after which candidates are compared."""
        return least_share(self.steps)

    @cached_property
    def price(self) -> Price | None:
        """The second objective; None of a search that has one."""
        search = self.program.spec.search
        return None if search is None or search.price is None else Price(search.price)

    def train(self, architecture: Architecture, share: float) -> Progress:
        """Trains a candidate up to a share of its training, from where it is.

        Raises:
            UntrainableError: The energy model of the search can't price it.
            Interrupted: An interrupt was requested; the run is saved.
        """
        candidate = self.candidate(architecture)
        folder, record = self.log.folder.trial(candidate.number), TrialRecord()
        if self.log.processes.main:
            folder.checkpoints.mkdir(parents=True, exist_ok=True)
            record = read_trial(folder.progress)
        record = self.log.processes.broadcast(record)
        point = record.at(share)
        if point is None:
            begun = time.monotonic()
            point = self._trained(candidate, share)
            points = sorted((*record.points, point), key=lambda p: p.share)
            if self.log.processes.main:
                seconds = round(record.seconds + time.monotonic() - begun, 3)
                write_trial(folder.progress, TrialRecord(tuple(points), seconds))
        worst = math.inf
        if point.training is None:
            return Progress(share, worst, worst, worst)
        return Progress(share, point.training, point.validation, point.price)

    def candidate(self, architecture: Architecture) -> Candidate:
        """The candidate that an architecture is; a new one has the next number."""
        if self._candidates is None:
            held = self._held() if self.log.processes.main else {}
            self._candidates = self.log.processes.broadcast(held)
        number = max((candidate.number for candidate in self._candidates.values()), default=0) + 1
        return self._candidates.setdefault(self.space.network(architecture), Candidate(number, architecture))

    def known(self, architecture: Architecture) -> Candidate | None:
        """The candidate that an architecture is, if the search has asked for that."""
        return self._candidates.get(self.space.network(architecture)) if self._candidates else None

    def whole(self, architecture: Architecture) -> RunFolder | None:
        """The folder of a candidate that is trained to the end."""
        candidate = self.known(architecture)
        folder = None if candidate is None else self.log.folder.trial(candidate.number)
        if folder is None or read_trial(folder.progress).at(1.0) is None:
            return None
        return folder

    def require_trained(self, candidate: Candidate) -> None:
        """Checks that the training of a candidate which the search chose didn't diverge; what diverges is the worst.

        Raises:
            DivergedError: It did.
        """
        record = read_trial(self.log.folder.trial(candidate.number).progress) if self.log.processes.main else None
        record = self.log.processes.broadcast(record)
        if record is not None and record.points and record.points[-1].training is None:
            all_ = "the training of every candidate that the search didn't leave behind diverged"
            raise DivergedError(all_, "lower the learning rate of `retrain`")

    def _held(self) -> dict[Hashable, Candidate]:
        """The candidates in the run's folder; a search that another version began may have asked for others."""
        found: dict[Hashable, Candidate] = {}
        for trial in read_trials(self.log.folder):
            if trial.genotype is None:
                continue  # it was interrupted before it began
            try:
                spec = self.program.bind(trial.genotype).checked("retrain").spec
            except SpecError:
                network, architecture = trial.number, Architecture(())  # of another spec: only its number is taken
            else:
                architecture = Architecture.of(spec.genotypes.values(), spec.paths.values())
                network = self.space.network(architecture)
            found.setdefault(network, Candidate(trial.number, architecture))
        return found

    def _trained(self, candidate: Candidate, share: float) -> TrialPoint:
        number, architecture = candidate.number, candidate.architecture
        folder = self.log.folder.trial(number)
        title = f"candidate {number}: "
        program = self.program.bind(architecture.text(f"Candidate {number} of the search."), f"candidate {number}")
        if self.price is not None:
            self.price.require_priced(program)
        if self.log.processes.main:
            self._restart_if_beyond(folder, share)
            write_whole(folder.genotype, architecture.text())
        self.log.processes.wait()
        with Journal(folder.metrics) if self.log.processes.main else NoJournal() as journal:
            log = replace(self.log, folder=folder, journal=journal, summary=Summary(), following=None, title=title)
            metrics: Mapping[str, float] = {}
            price: float | None = None
            try:
                model = retrain(program, self.samples, log, self.validation, share)
                result = log.summary.retrain
                metrics = {} if result is None else result.validation
                if self.price is not None:
                    price = self._measured(program, model, log)[1]
            except Paused as paused:
                metrics, price = self._measured(program, paused.model, log)
            except DivergedError as error:
                self.log.notice(f"warning: candidate {number} is out: {error.summary}")
                return TrialPoint(share, None)
        every, processes = Meter.interval(self.log.device), self.log.processes
        training = processes.broadcast(training_loss(folder, every) if processes.main else None)
        return TrialPoint(share, training, cost_by(metrics), price, direction(metrics))

    def _restart_if_beyond(self, folder: RunFolder, share: float) -> None:
        """Begins a candidate again whose record is lost and whose checkpoint is of later steps than those that are wanted."""
        run = self.program.spec.retrain
        last = last_entry(folder.metrics)
        if run is None or last is None:
            return
        each = self.steps // run.epochs
        if (last.epoch - 1) * each + min(last.step, each) > max(round(share * self.steps), 1):
            restart(folder)

    def _measured(self, program: Program, model: Model, log: RunLog) -> tuple[Mapping[str, float], float | None]:
        """The metrics of the validation, if there is one, and the price, if the search has one."""
        run, price = self.program.spec.retrain, self.price
        if self.validation is None or run is None:
            return {}, None
        log.settings.reporter.start(f"validation of {log.title.removesuffix(': ')}", len(self.validation))
        measured = price is not None and price.measured
        found = log.evaluate(model, self.validation, run, part="validation", firing_rates=measured)
        if price is None:
            return found.metrics, None
        self._require_direction(next(iter(found.metrics)))
        return found.metrics, self.log.processes.broadcast(price.of(program, model, self.validation, found))

    def _require_direction(self, metric: str) -> None:
        """Checks that the score of a search for two objectives has the direction of the task's first metric."""
        search = self.program.spec.search
        assert search is not None and search.objective is not None
        score, right = search.objective[0], "accuracy" if higher_is_better(metric) else "error"
        if score.name != right:
            raise UntrainableError(f"{score.span.start}: `{metric}` is no `{score.name}`", f"write `{right}`")


def training_loss(folder: RunFolder, every: int = 1) -> float | None:
    """The mean loss of the last quarter of a training's steps so far; None before the first.

    Args:
        folder: Its folder.
        every: The steps of which the journal has one mean. Where it has several, since a checkpoint was written between them,
            they are one here, so that a training that was saved or resumed has the loss of one that wasn't.
    """
    sums, steps, before = defaultdict[tuple[int, int], float](float), Counter[tuple[int, int]](), (0, 0)
    for entry in read_journal(folder.metrics):
        if isinstance(entry, StepEntry):  # the mean of the steps since the entry before
            count, at = entry.step - (before[1] if entry.epoch == before[0] else 0), (entry.epoch, -(-entry.step // every))
            sums[at], steps[at] = sums[at] + entry.losses["loss"] * count, steps[at] + count
            before = entry.epoch, entry.step
    losses = [total / steps[at] for at, total in sums.items() for _ in range(steps[at])]
    last = losses[-max(round(WINDOW * len(losses)), 1) :]
    if not last:
        return None
    mean = sum(last) / len(last)
    return mean if every == 1 else float(f"{mean:.12g}")  # without the rounding of means of means


def cost_by(metrics: Mapping[str, float]) -> float | None:
    """The first metric, such that lower is better."""
    if not metrics:
        return None
    name, value = next(iter(metrics.items()))
    return -value if higher_is_better(name) else value


def direction(metrics: Mapping[str, float]) -> bool | None:
    """Whether higher is better of the first metric; None without one."""
    return higher_is_better(next(iter(metrics))) if metrics else None
