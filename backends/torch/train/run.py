"""A whole run, from search to summary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikegraph.backends.torch.train.device import device_of
from spikegraph.backends.torch.train.evaluate import Evaluation, evaluate
from spikegraph.backends.torch.train.examples import gather
from spikegraph.backends.torch.train.interrupt import Interrupt
from spikegraph.backends.torch.train.job import Job
from spikegraph.backends.torch.train.manifest import manifest
from spikegraph.backends.torch.train.phase import Desk, PhaseLoop, PhaseResult
from spikegraph.backends.torch.train.plans import RetrainPlan, SearchPlan
from spikegraph.backends.torch.train.seeding import derive, reproducible, seed_all
from spikegraph.backends.torch.train.summary import Summary, read_summary
from spikegraph.errors import Interrupted
from spikegraph.files import write_whole
from spikegraph.runs.examples import write_examples
from spikegraph.runs.folder import PhaseName, RunFolder
from spikegraph.runs.journal import Journal

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


def train(job: Job) -> Summary:
    """Search, decode, retrain, evaluate, compare; what exists already in a resumed folder isn't done again.

    Raises:
        TrainError: The folder holds another run, data and network don't fit, or the training diverged.
        Interrupted: The run was asked to end; it is saved, and `resume` goes on.
        DataError: A recording can't be read.
    """
    device = device_of(job.device)
    folder = RunFolder(job.folder)
    resumed = folder.begin(manifest(job, device), job.resolved, resume=job.resume)
    summary = read_summary(folder.summary) if resumed else Summary()
    if summary.complete:
        job.reporter.say(f"the run in {folder.path} is complete")
        return summary
    board = folder.tensorboard if job.tensorboard else None
    with Interrupt() as interrupt, Journal(folder.metrics, board) as journal, reproducible(device):
        desk = Desk(folder, journal, job.reporter, interrupt, device, job.save_every)
        try:
            return _Course(job, desk, summary).run()
        finally:
            job.reporter.stop()


def architecture_of(model: Model) -> dict[str, NDArray[np.float64]]:
    """A model's architecture parameters by name."""
    return {name: value.detach().cpu().double().numpy() for name, value in model.architecture.items()}


@dataclass
class _Course:
    """The phases in their order."""

    job: Job
    desk: Desk
    summary: Summary

    def run(self) -> Summary:
        notes = self._tell()
        genotype = self._genotype()
        model, retrained = self._retrain(genotype)
        self._add(retrain=retrained, notes=notes)
        self._add(evaluation=self._evaluate(model))
        self._add(baselines=self.job.baselines(), complete=True)
        return self.summary

    def _add(self, **found: object) -> None:
        self.summary = self.summary.with_(self.desk.folder.summary, **found)

    def _tell(self) -> tuple[str, ...]:
        """Says what the user should know of the data and of this run."""
        say, job = self.desk.reporter.say, self.job
        notes = tuple(job.data.notes)
        say(f"data: {job.data.source}")
        for note in notes:
            say(f"note: {note}")
        return notes

    def _genotype(self) -> str | None:
        """The genotype that was given, the one that was found before, or that of a search; None without any."""
        path, job = self.desk.folder.genotype, self.job
        if path.exists():
            return path.read_text(encoding="utf-8")
        text = job.genotype
        if text is None:
            if job.search is None:
                return None
            model = self._built("search", job.search.build)
            data = job.search.data or job.data
            plan = SearchPlan(job.search.run, model, data.train, job.seed, self.desk.device)
            self._add(search=PhaseLoop("search", model, plan, self.desk, partial(self._snapshot, model)).run())
            values = architecture_of(model)
            for line in job.warnings(values):
                self.desk.reporter.say(f"warning: {line}")
            text = job.decode(values)
        write_whole(path, text)
        return text

    def _snapshot(self, model: Model, epoch: int) -> None:
        """Writes down what the architecture parameters mean after an epoch of the search, where that is wanted."""
        assert self.job.search is not None
        every = self.job.search.run.snapshots
        if every is not None and epoch % every == 0:
            path = self.desk.folder.snapshot(epoch)
            path.parent.mkdir(exist_ok=True)
            write_whole(path, self.job.decode(architecture_of(model)))

    def _retrain(self, genotype: str | None) -> tuple[Model, PhaseResult]:
        job = self.job
        model = self._built("retrain", lambda: job.retrain.build(genotype))
        plan = RetrainPlan(job.retrain.run, model, job.data.train, job.seed, self.desk.device)
        return model, PhaseLoop("retrain", model, plan, self.desk).run()

    def _built(self, phase: PhaseName, build: Callable[[], Model]) -> Model:
        """A phase's model on the device; its first weights depend on the seed and the phase alone."""
        seed_all(derive(self.job.seed, phase, "weights"))
        return build().to(self.desk.device)

    def _evaluate(self, model: Model) -> Evaluation:
        """The trained model on the test set."""
        desk, run = self.desk, self.job.retrain.run
        test = self.job.data.test
        desk.journal.rewind("test", 0, 0)
        desk.reporter.start("test", len(test))

        def progress(done: int, total: int) -> None:
            del total
            desk.reporter.advance(done)
            if desk.interrupt.requested:
                raise Interrupted(str(desk.folder.checkpoint("retrain")))

        found = evaluate(model, test, run.batch, workers=run.workers, firing_rates=True, on_progress=progress)
        desk.reporter.stop()
        write_examples(desk.folder.examples, gather(model, test))
        desk.journal.add("evaluation", "test", 1, 0, metrics=dict(found.metrics), samples=found.samples)
        desk.journal.chart("test", 0, found.metrics)
        return found
