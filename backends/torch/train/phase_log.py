"""The log of one phase: it resumes, counts steps, saves checkpoints and handles interrupts."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast

import torch
from torch import Tensor

from spikegraph.analysis.dgs import temperatures
from spikegraph.analysis.divergence import EPOCH_FACTOR, STEP_FACTOR, largest_loss
from spikegraph.backends.torch.train.callbacks import Moment, called
from spikegraph.backends.torch.train.checkpoint import load_checkpoint, read_weights, save_checkpoint
from spikegraph.backends.torch.train.failing_layer import divergence, exploding_in
from spikegraph.backends.torch.train.meter import Meter
from spikegraph.backends.torch.train.optim import learning_rate
from spikegraph.backends.torch.train.paused import Paused
from spikegraph.base.errors import DivergedError, Interrupted
from spikegraph.runs.folder import WHICH, PhaseName
from spikegraph.runs.position import Position
from spikegraph.runs.step_numbers import mean_of, split
from spikegraph.runs.summary import PhaseResult, improved

if TYPE_CHECKING:
    from spikegraph.backends.torch.datasets import Batch
    from spikegraph.backends.torch.model import Model
    from spikegraph.backends.torch.train.log import RunLog
    from spikegraph.data.sets import DataSet
    from spikegraph.dsl.spec import Run

LOSSES = {"loss", "architecture_loss"}
"""The losses that training minimises, among the numbers of a step."""


class _Behind(TypedDict):
    after: int
    whole: str


class PhaseLog:
    """The log of one phase; a training loop calls it for everything beside training."""

    def __init__(
        self,
        log: RunLog,
        name: PhaseName,
        model: Model,
        optimizers: Mapping[str, torch.optim.Optimizer],
        run: Run,
        steps: int,
        share: float = 1.0,
    ) -> None:
        """Restores model and optimizers from the phase's newest checkpoint, if there is one.

        Args:
            log: The run's log.
            name: The phase.
            model: The model, on its device.
            optimizers: All optimizers, by the names that checkpoints use.
            run: The phase's declaration.
            steps: Number of steps in an epoch.
            share: The share of all steps after which `record` or `epochs` raises `Paused`; 1 for the whole training.

        Raises:
            CheckpointError: The checkpoint is damaged or doesn't fit the run.
        """
        self.log, self.model, self.optimizers, self.run, self.steps = log, model, optimizers, run, steps
        self._last = run.epochs * steps if share >= 1 else max(round(share * run.epochs * steps), 1)
        self.name: PhaseName = name
        validated = run.validate is not None
        self.newest, self.previous, self.best = (log.folder.pair(name, w, validated=validated) for w in WHICH)
        self.path, self.position = self.newest.checkpoint, Position(name)
        with log.processes.main_first():  # it may restore files
            self.saved = self.path.exists() or self.previous.checkpoint.exists()
            if self.saved:
                of = (self.newest, self.previous, model, optimizers, log.device, log.notice)
                self.position = load_checkpoint(*of, log.processes.rank)
            if self.position.best_epoch and self.best.weights == log.folder.trained:
                read_weights(self.best.weights)  # damage is found now, and not when the phase ends
        log.journal.rewind(name, self.position.epoch + 1, self.position.step)
        self._meter = self._new_meter()
        self._metrics: dict[str, float] = {}
        self._batch: Batch | None = None
        self._begun = time.monotonic() - self.position.seconds
        self._last_save = time.monotonic()

    @property
    def step(self) -> int:
        """Number of finished steps in the current epoch."""
        return self.position.step

    def epochs(self) -> Iterator[int]:
        """Yields the remaining epochs, counted from 0, and saves a checkpoint after each. The first may be partly finished.

        Ends early after `patience` epochs without a better validation.

        Raises:
            Interrupted: An interrupt was requested; the run is saved.
            TrainError: A callback raised an exception; the run is saved.
            Paused: The share of the training that was wanted is done.
        """
        self._pause_if_there()
        while self.position.epoch < self.run.epochs and not self._out_of_patience():
            self._meter = self._new_meter()
            if self.step < self.steps:
                epoch, epochs = self.position.epoch + 1, self.run.epochs
                title = f"{self.log.title}{self.name} epoch {epoch}/{epochs}"
                self.log.settings.reporter.start(title, self.steps, self.step, unit="steps", **self._behind(epoch))
            yield self.position.epoch
            self._end_epoch()
            self.stop_if_asked()
            self._pause_if_there()
        self.log.settings.reporter.stop()

    def _pause_if_there(self) -> None:
        """Ends a training of which only a share is wanted; an epoch whose steps are all done is finished first."""
        there = self.step < self.steps and self.position.epoch * self.steps + self.step >= self._last
        if there and self._last < self.run.epochs * self.steps:
            self.log.settings.reporter.stop()
            raise Paused(self.model)

    def record(self, losses: Mapping[str, Tensor], rate: float) -> None:
        """Records a training step.

        Args:
            losses: The step's losses, scalars on the device.
            rate: The learning rate of the weights.

        Raises:
            DivergedError: A loss or a weight isn't finite.
            Interrupted: An interrupt was requested; the run is saved.
            TrainError: A callback raised an exception; the run is saved.
            Paused: The share of the training that was wanted is done.
        """
        self.position.step += 1
        last = self.step == self.steps
        due = not last and (self.position.epoch * self.steps + self.step >= self._last or self.save_due())
        shown = self._read(rate) if self._meter.add(losses, self.step) or due or last else None
        self.log.settings.reporter.advance(self.step, shown)
        if self.log.settings.on_step is not None:
            self._call("on_step", {**split({name: float(loss) for name, loss in losses.items()})[0], "lr": rate})
        if due:
            self.save()
            self.stop_if_asked()
            self._pause_if_there()

    def check(self, loss: Tensor, batch: Batch) -> None:
        """Stops at a loss that isn't finite or is too large, before it changes the weights.

        On a GPU this would wait for the device; there `record` finds it later.

        Raises:
            DivergedError: The loss isn't finite, or is too large; the error names the layer.
        """
        self._batch = batch
        if loss.device.type == "cpu" and not abs(value := float(loss)) <= largest_loss(self.position.first, STEP_FACTOR):
            raise self.diverged(f"the loss is {value:.3g}", self.step + 1)

    def validate(self, samples: DataSet | None) -> None:
        """Evaluates the model on the validation set at the end of an epoch; without one does nothing.

        Raises:
            DivergedError: The network's output contains NaN.
            Interrupted: An interrupt was requested; the run is saved.
        """
        if samples is None:
            return
        reporter, epoch, epochs = self.log.settings.reporter, self.position.epoch + 1, self.run.epochs
        reporter.start(f"validation of {self.log.title}{self.name} epoch {epoch}/{epochs}", len(samples), **self._behind(epoch))
        with self.saved_if_interrupted():
            try:
                found = self.log.evaluate(self.model, samples, self.run, part="validation")
            except DivergedError as error:
                raise self.diverged(error.summary, where="") from error
        self._metrics = dict(found.metrics)
        reporter.advance(len(samples), self._metrics)

    @contextmanager
    def saved_if_interrupted(self) -> Generator[None]:
        """Saves a checkpoint if what is done between the steps is interrupted."""
        try:
            yield
        except Interrupted:
            self.save()
            raise Interrupted(str(self.path)) from None

    def _behind(self, epoch: int) -> _Behind:
        """What follows an epoch, counted from 1, in the run; or in the phase, if the run's other steps can't be compared."""
        steps, following = (self.run.epochs - epoch) * self.steps, self.log.following
        return {"after": steps, "whole": self.name} if following is None else {"after": steps + following, "whole": "run"}

    def result(self) -> PhaseResult:
        """The result of the phase, for the summary."""
        return PhaseResult(
            epochs=self.position.epoch,
            steps=self.position.epoch * self.steps,
            seconds=round(self.position.seconds, 3),
            parameters=sum(p.numel() for p in self.model.weights() if p.requires_grad),
            losses=self.position.means,
            best_epoch=self.position.best_epoch if self.position.metrics else None,
            validation=self.position.metrics,
        )

    def _new_meter(self) -> Meter:
        return Meter(Meter.interval(self.log.device), self.position.sums, self.position.counts)

    def _read(self, rate: float) -> dict[str, float]:
        """Reads the losses so far, checks that they are finite, and logs them; returns their means over the epoch."""
        at, steps = self.position, self._meter.read()
        for number, losses in enumerate(steps, at.step - len(steps) + 1):
            at.first = losses["loss"] if at.first is None else at.first
            for name, value in losses.items():
                most = largest_loss(at.first if name in LOSSES else None, STEP_FACTOR)
                if not abs(value) <= most:
                    raise self.diverged(f"`{name}` is {value:.3g}", number)
        means, norms = split(mean_of(steps))
        extra = {"gradient_norms": norms} if norms else {}
        self.log.journal.add("step", self.name, at.epoch + 1, at.step, lr=rate, losses=means, **extra)
        self.log.used(self.name, at.epoch + 1, at.step, last=at.step == self.steps)
        return {f"mean_{name}": value for name, value in split(self._meter.means())[0].items()}

    def _end_epoch(self) -> None:
        at, (means, norms) = self.position, split(self._meter.means())
        if (name := self._too_large(means)) is not None:
            most = largest_loss(at.first, EPOCH_FACTOR)
            raise self.diverged(f"the epoch's mean `{name}` is {means[name]:.3g}, more than {most:.3g}")
        learnt = {name: value for name, value in self.model.architecture.items() if value.requires_grad}
        architecture = {name: cast("list[Any]", value.tolist()) for name, value in learnt.items()}  # pyright: ignore[reportUnknownMemberType]
        found = {"architecture": architecture, "temperatures": temperatures(self.model.graph), "gradient_norms": norms}
        found["metrics"] = self._metrics
        extra = {name: value for name, value in found.items() if value}
        self.log.journal.add("epoch", self.name, at.epoch + 1, at.step, losses=means, **extra)
        name, value = next(iter((self._metrics or means).items()))
        better = improved(name, value, at.best)
        best = (value, at.epoch + 1, self._metrics) if better else (at.best, at.best_epoch, at.metrics)
        self.position = Position(self.name, at.epoch + 1, 0, 0.0, {}, {}, means, *best, first=at.first, auto=at.auto)
        numbers, self._metrics = {**means, **self._metrics}, {}
        self.save(best=better)
        self._call("on_epoch", numbers)

    def _call(self, name: Literal["on_epoch", "on_step"], numbers: Mapping[str, float]) -> None:
        """Calls a function of the caller, if there is one."""
        at, log = self.position, self.log
        if (callback := getattr(log.settings, name)) is None:
            return
        place = (at.epoch, self.steps) if name == "on_epoch" else (at.epoch + 1, at.step)
        moment = Moment(self.name, log.title.removesuffix(": "), *place, self.steps, numbers, self.model)
        if (error := called(callback, name, moment, log.device, str(self.path))) is not None:
            if name == "on_step":
                if self._meter.waiting:
                    self._read(numbers["lr"])
                self.save()
            log.settings.reporter.stop()
            raise error

    def _too_large(self, means: Mapping[str, float]) -> str | None:
        """The loss whose mean over the epoch so far is too large."""
        most = largest_loss(self.position.first, EPOCH_FACTOR)
        return next((name for name in LOSSES if not abs(means.get(name, 0.0)) <= most), None)

    def _out_of_patience(self) -> bool:
        return self.run.patience is not None and self.position.epoch - self.position.best_epoch >= self.run.patience

    def save_due(self) -> bool:
        """Whether it is time for a checkpoint within the epoch."""
        due = time.monotonic() - self._last_save >= self.log.settings.save_every
        # An epoch that begins badly isn't saved before it gets better.
        saves = self.log.interrupt.requested or (due and self._too_large(self._meter.means()) is None)
        return self.log.processes.largest(saves) > 0

    def save(self, *, best: bool = False) -> None:
        """Saves a checkpoint; `best`: also as the best one."""
        self.position.seconds = time.monotonic() - self._begun
        self.log.journal.sync()
        try:
            # The best checkpoint first: a run that is killed in between repeats the epoch and writes both again.
            for pair, before in [(self.best, None)] * best + [(self.newest, self.previous)]:
                save_checkpoint(pair, self.model, self.optimizers, self.position, self.log.device, before, self.log.processes)
        except DivergedError as error:
            raise self.diverged(error.summary, where="") from error
        self.log.processes.wait()
        self.saved, self._last_save = True, time.monotonic()

    def stop_if_asked(self) -> None:
        """Ends the run if that was requested."""
        if self.log.stopping():
            self.log.settings.reporter.stop()
            raise Interrupted(str(self.path))

    def diverged(self, what: str, step: int | None = None, where: str | None = None) -> DivergedError:
        """The error; by default the layer is found by repeating the forward pass of the last step."""
        self.log.settings.reporter.stop()
        if where is None and self._batch is not None:
            where = exploding_in(self.log.processes, self.model, self._batch)
        at = f"{self.name}, epoch {self.position.epoch + 1}, step {self.step if step is None else step}"
        kept = f"the last good checkpoint is {self.path}" if self.saved else "there is no checkpoint yet"
        return divergence(at, what, where, kept, learning_rate(self.optimizers["weights"]), self.run.clip)
