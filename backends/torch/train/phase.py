"""One phase of a run, from its first step, or the last one that was saved, to its end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from spikegraph.analysis.dgs import temperatures
from spikegraph.backends.torch.train.checkpoint import Position, load_checkpoint, save_checkpoint
from spikegraph.backends.torch.train.dgs import Round
from spikegraph.backends.torch.train.dgs_record import Record
from spikegraph.backends.torch.train.gradient_norms import split
from spikegraph.backends.torch.train.interrupt import Interrupt
from spikegraph.backends.torch.train.meter import Meter, mean_of
from spikegraph.backends.torch.train.plans import Plan
from spikegraph.backends.torch.train.progress import Reporter
from spikegraph.errors import DivergedError, Interrupted
from spikegraph.runs.folder import PhaseName, RunFolder
from spikegraph.runs.journal import Journal
from spikegraph.runs.summary import PhaseResult

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


@dataclass(frozen=True)
class Desk:
    """Where a run keeps and tells what it does.

    Attributes:
        folder: The run's.
        journal: Open.
        reporter: What a person sees.
        interrupt: Whether the run is asked to end.
        device: Where the models are.
        save_every: Seconds between two checkpoints within an epoch.
    """

    folder: RunFolder
    journal: Journal
    reporter: Reporter
    interrupt: Interrupt
    device: torch.device
    save_every: float


class PhaseLoop:
    """Steps, losses, checkpoints, interruptions of one phase."""

    def __init__(
        self, name: PhaseName, model: Model, plan: Plan, desk: Desk, after_epoch: Callable[[int], None] | None = None
    ) -> None:
        """Puts the model into the state of the phase's newest checkpoint, if there is one.

        Args:
            name: The phase.
            model: On its device.
            plan: What an epoch is.
            desk: Where things are kept.
            after_epoch: Told of each epoch that is over, counted from 1, before it is saved: a run that is killed in between
                does the epoch again, and tells of it again.
        """
        self.name: PhaseName = name
        self.model, self.plan, self.desk, self.after_epoch = model, plan, desk, after_epoch
        self.path = desk.folder.checkpoint(name)
        self.position = Position(name)
        self.saved = self.path.exists()
        if self.saved:
            self.position = load_checkpoint(self.path, model, plan.optimisers, desk.device)
        desk.journal.rewind(name, self.position.epoch + 1, self.position.step)
        self._begun = time.monotonic() - self.position.seconds
        self._last_save = time.monotonic()

    def run(self) -> PhaseResult:
        """Trains to the end.

        Raises:
            DivergedError: A loss or a weight is no finite number.
            Interrupted: The run is asked to end; it is saved.
        """
        while self.position.epoch < self.plan.epochs:
            self._epoch()
        self.desk.reporter.stop()
        parameters = sum(p.numel() for p in self.model.weights())
        steps = self.plan.epochs * self.plan.steps
        return PhaseResult(self.plan.epochs, steps, round(self.position.seconds, 3), parameters, self.position.means)

    def _epoch(self) -> None:
        at, total = self.position, self.plan.steps
        rounds = self.plan.rounds(at.epoch)
        meter = Meter(Meter.interval(self.desk.device), at.sums, at.counts)
        if at.step < total:
            self._steps(meter, total, more=bool(rounds))
        first = total
        for search in rounds:
            self._search(search, first)
            first += search.settings.iterations
        self._end_epoch(meter)
        self._end_if_asked()

    def _steps(self, meter: Meter, total: int, *, more: bool) -> None:
        """The steps of an epoch that are left; `more` is whether it isn't over with the last of them."""
        at = self.position
        self.desk.reporter.start(f"{self.name} {at.epoch + 1}/{self.plan.epochs}", total, at.step)
        for step, losses in enumerate(self.plan.epoch(at.epoch, at.step), at.step + 1):
            at.step = step
            due = (more or step < total) and (self.desk.interrupt.requested or self._save_due())
            shown = self._read(meter) if meter.add(losses) or due or step == total else None
            self.desk.reporter.advance(step, shown)
            if due:
                self._save()
                self._end_if_asked()

    def _search(self, search: Round, first: int) -> None:
        """A search of surrogates behind step `first` of the epoch; its iterations count on as steps."""
        at, total = self.position, search.settings.iterations
        done = at.step - first
        if done >= total:
            return  # what it found is in the checkpoint
        if done and at.round is not None:
            search.record = Record(**at.round)
        self.desk.reporter.start(f"{search.title}, epoch {at.epoch + 1}", total, done)
        for number, losses in enumerate(search.run(), done + 1):
            at.step, at.round = first + number, search.record.as_dict()
            for name, value in losses.items():
                if not math.isfinite(value):
                    raise self._diverged(f"`{name}` of the search of surrogates is {value} at its iteration {number}")
            self.desk.reporter.advance(number, losses)
            if number < total and (self.desk.interrupt.requested or self._save_due()):
                self._save()
                self._end_if_asked()
        at.round = None
        for line in search.close():
            self.desk.journal.add("dgs", self.name, at.epoch + 1, at.step, **line)
            self.desk.journal.chart(self.name, (at.epoch + 1) * self.plan.steps, {f"b of {line['neuron']}": line["b"]})
            self.desk.reporter.say(f"surrogate of {line['neuron']}: b {line['b_before']:g} -> {line['b']:g}")

    def _read(self, meter: Meter) -> dict[str, float]:
        """Reads the losses so far, judges them and writes them down."""
        at, steps = self.position, meter.read()
        for number, losses in enumerate(steps, at.step - len(steps) + 1):
            for name, value in losses.items():
                if not math.isfinite(value):
                    raise self._diverged(f"`{name}` is {value} at step {number}")
        means, norms = split(mean_of(steps))
        rate = self.plan.rate(at.epoch, at.step - 1)
        extra = {"gradient_norms": norms} if norms else {}
        self.desk.journal.add("step", self.name, at.epoch + 1, at.step, lr=rate, losses=means, **extra)
        self.desk.journal.chart(self.name, at.epoch * self.plan.steps + at.step, {**means, "lr": rate})
        return means

    def _end_epoch(self, meter: Meter) -> None:
        at, (means, norms) = self.position, split(meter.means())
        architecture = {name: value.tolist() for name, value in self.model.architecture.items()}
        found = {
            "architecture": architecture,
            "temperatures": temperatures(self.model.graph),
            "gradient_norms": norms,
        }
        extra = {name: value for name, value in found.items() if value}
        self.desk.journal.add("epoch", self.name, at.epoch + 1, at.step, losses=means, **extra)
        if self.after_epoch is not None:
            self.after_epoch(at.epoch + 1)
        better = at.best is None or means["loss"] < at.best
        self.position = Position(self.name, at.epoch + 1, 0, means=means, best=means["loss"] if better else at.best)
        self._save(best=better)

    def _save_due(self) -> bool:
        return time.monotonic() - self._last_save >= self.desk.save_every

    def _save(self, *, best: bool = False) -> None:
        self.position.seconds = time.monotonic() - self._begun
        self.desk.journal.sync()
        try:
            # The best one first: a run that is killed in between does the epoch again, and writes it again.
            paths = [self.desk.folder.checkpoint(self.name, "best")] if best else []
            for path in [*paths, self.path]:
                save_checkpoint(path, self.model, self.plan.optimisers, self.position, self.desk.device)
        except DivergedError as error:
            raise self._diverged(error.summary) from error
        self.saved = True
        self._last_save = time.monotonic()

    def _end_if_asked(self) -> None:
        if self.desk.interrupt.requested:
            self.desk.reporter.stop()
            raise Interrupted(str(self.path))

    def _diverged(self, what: str) -> DivergedError:
        self.desk.reporter.stop()
        at = self.position
        where = f"{self.name}, epoch {at.epoch + 1}, step {at.step}: {what}"
        kept = f"the last good checkpoint is {self.path}" if self.saved else "there is no checkpoint yet"
        return DivergedError(where, f"{kept}; a smaller learning rate or `clip` may help")
