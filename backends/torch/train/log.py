"""The log of a run: its folder, journal, summary, progress and interruption."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from spikegraph.analysis.out_of_memory import naming_layers
from spikegraph.backends.torch.train.device import allocated, device_of, float32_products
from spikegraph.backends.torch.train.evaluate import evaluate
from spikegraph.backends.torch.train.loadable import require_loadable
from spikegraph.backends.torch.train.manifest import manifest
from spikegraph.backends.torch.train.seeding import reproducible
from spikegraph.backends.torch.train.waiting import short_waits
from spikegraph.base.errors import Interrupted
from spikegraph.base.files import write_whole
from spikegraph.base.interrupt import Interrupt
from spikegraph.dsl.equality import same_text
from spikegraph.plugins.local_files import loaded_as
from spikegraph.plugins.uses import collecting
from spikegraph.program.spec_settings import read_settings
from spikegraph.runs.ended import recorded_end
from spikegraph.runs.journal import Journal, NoJournal
from spikegraph.runs.json_file import read_text
from spikegraph.runs.later_plugins import LaterPlugins
from spikegraph.runs.logged import Loggers, made, names_of
from spikegraph.runs.logger import LoggedRun
from spikegraph.runs.resumable import resumable
from spikegraph.runs.summary import Evaluation, Summary
from spikegraph.runs.usage import NAME as USAGE
from spikegraph.runs.usage import UsageLog

if TYPE_CHECKING:
    from pathlib import Path

    from spikegraph.backends.torch.model import Model
    from spikegraph.backends.torch.train.source import Source
    from spikegraph.base.processes import Processes
    from spikegraph.data.sets import DataSet, DataSets
    from spikegraph.dsl.spec import Run
    from spikegraph.program.program import Program
    from spikegraph.program.run_settings import Settings
    from spikegraph.runs.folder import PhaseName, RunFolder
    from spikegraph.runs.logger import Logger
    from spikegraph.runs.manifest import Manifest


@dataclass
class RunLog:
    """The log of a run.

    Attributes:
        folder: The run folder.
        settings: The settings that the spec doesn't contain.
        device: The device of the models.
        journal: The open journal.
        interrupt: Its `requested` is true if the run should stop.
        summary: The results so far.
        following: Number of steps of the run behind the phase that is running; None if they can't be compared with its own,
            as those of a retraining behind a search.
        title: What progress shows in front of a phase's name.
        source: The weights that a retraining starts from; None for fresh ones.
        usage: Gets the memory and the processor time; None in processes that don't write.
        plugins: Completes the plug-ins of the manifest; None in processes that don't write.
        controls: How many controls the manifest has, 0 for as many as the search's cost buys; None for none.
    """

    folder: RunFolder
    settings: Settings
    device: torch.device
    journal: Journal
    interrupt: Interrupt
    summary: Summary
    following: int | None = None
    title: str = ""
    source: Source | None = None
    usage: UsageLog | None = None
    plugins: LaterPlugins | None = None
    controls: int | None = None

    def add(self, **found: Any) -> Summary:
        """Sets fields of the summary and writes it."""
        self.summary = replace(self.summary, **found).with_directions()
        if self.processes.main:
            self.folder.write_summary(self.summary)
        self.record_plugins()
        return self.summary

    def record_plugins(self) -> None:
        """Adds plug-ins to the manifest that the run was seen to use only now, such as those of metrics."""
        if self.plugins is not None:
            self.plugins.record()

    @property
    def processes(self) -> Processes:
        """The processes that train together."""
        return self.settings.processes

    def write(self, path: Path, text: str) -> None:
        """Writes a file of the run."""
        if self.processes.main:
            path.parent.mkdir(exist_ok=True)
            write_whole(path, text)

    def stopping(self) -> bool:
        """Whether a process was asked to stop; the same in all of them."""
        signal = self.processes.largest(self.interrupt.number if self.interrupt.requested else 0)
        self.interrupt.number = signal or self.interrupt.number
        return signal > 0

    def used(self, phase: PhaseName, epoch: int, step: int, *, last: bool) -> None:
        """Records memory and processor time now and then, and at an epoch's `last` step; not of candidates and controls.

        Plug-ins are recorded too.
        """
        self.record_plugins()
        if self.usage is not None and not self.title:
            self.usage.add(phase, epoch, step, now=last)

    def notice(self, text: str) -> None:
        """Prints a notice."""
        self.settings.reporter.notice(text)

    def evaluate(
        self, model: Model, samples: DataSet, run: Run, *, part: str = "test", firing_rates: bool = False
    ) -> Evaluation:
        """Evaluates a model in all processes, with progress, until an interrupt is requested; `part` as of `evaluate`.

        A metric of the test set that is NaN or infinite is left out, with a warning: the training is over, and its other
        results are kept.

        Raises:
            Interrupted: An interrupt was requested.
        """
        left_out = self._left_out if part == "test" else None
        how = partial(evaluate, on_progress=self._evaluated, processes=self.processes, left_out=left_out)
        found = how(model, samples, run.batch, part=part, workers=run.workers, firing_rates=firing_rates)
        self.record_plugins()
        return found

    def _left_out(self, wrong: str) -> None:
        self.notice(f"warning: {wrong}; it is left out")

    def _evaluated(self, done: int, total: int) -> None:
        self.settings.reporter.advance(done)
        if self.stopping():
            raise Interrupted(str(self.folder.checkpoint("retrain")))


@contextmanager
def open_log(
    program: Program,
    data: DataSets,
    folder: RunFolder,
    settings: Settings,
    searched: DataSets | None = None,
    source: Source | None = None,
) -> Generator[RunLog]:
    """Starts a run in the folder, or resumes the run in it.

    Args:
        program: The spec.
        data: Training and test set.
        folder: The run folder.
        settings: The settings that the spec doesn't contain.
        searched: The data of its search, by default `data`.
        source: The weights that its retraining starts from.

    Raises:
        ArgumentError: There is no logger of a name.
        RunFolderError: The folder contains another run, belongs to another process, or a file can't be written; or with
            `force` its checkpoint doesn't fit.
        OutOfMemoryError: Memory ran out.
    """
    device, notice = device_of(settings.device), settings.reporter.notice
    threads = 1 if settings.deterministic else settings.threads
    if threads not in (None, torch.get_num_threads()):
        notice(f"note: using {threads} of torch's threads in place of {torch.get_num_threads()}, {settings.why_threads}")
    main, summary, controls = settings.processes.main, Summary(), settings.controls
    owned = folder.owned(notice) if main else nullcontext()
    repeats, exact = reproducible(device, threads, strict=settings.deterministic), float32_products(device, settings.precision)
    with owned, repeats, exact, short_waits(torch.get_num_threads()), collecting(joined=True) as plugins:
        given = _loggers(folder, settings) if main else ()
        loggers = made(given)
        if main:
            known = (*plugins, *_held_plugins(folder, settings))
            begun = manifest(program, data, searched or data, settings, device, source, names_of(given), known)
            begun, resolved = _in_layout_of(folder, begun, program.text) if settings.resume else (begun, program.text)
            resumed = folder.begin(
                begun,
                resolved,
                program.genotype_text,
                settings.start,
                resume=settings.resume,
                force=settings.force,
                loads=partial(require_loadable, program, folder, settings, device),
                notice=notice,
            )
            summary, controls = folder.read_summary() if resumed else summary, folder.read_manifest().controls
        summary, controls = settings.processes.broadcast((summary, controls))
        ended = partial(recorded_end, folder.path) if main else nullcontext
        with ended(), resumable(folder.path):
            journal = Journal(folder.metrics, _begun(loggers, folder, program)) if main else NoJournal()
        with ended(), resumable(folder.path), naming_layers(), Interrupt() as interrupt, journal:
            try:
                usage = UsageLog(folder.path / USAGE, partial(allocated, device)) if main else None
                later = LaterPlugins(folder, plugins) if main else None
                log = RunLog(folder, settings, device, journal, interrupt, summary, source=source, usage=usage, plugins=later)
                log.controls = controls
                yield log
            finally:
                settings.reporter.stop()


def _in_layout_of(folder: RunFolder, begun: Manifest, text: str) -> tuple[Manifest, str]:
    """A manifest and its spec with every default, as the run in the folder has the spec if that differs in its layout alone."""
    held = read_text(folder.resolved, "restore the file, or start a new run in another folder")
    if not folder.manifest.exists() or held is None or not same_text(held, text):
        return begun, text
    return replace(begun, resolved_sha256=folder.read_manifest().resolved_sha256), held


def _held_plugins(folder: RunFolder, settings: Settings) -> list[str]:
    """The plug-ins of a run that is resumed, of which it may look up something only later."""
    if not settings.resume or not folder.manifest.exists():
        return []
    held = folder.read_manifest()
    return loaded_as(held.plugins, held.directory)


def _loggers(folder: RunFolder, settings: Settings) -> tuple[str | Logger, ...]:
    """The names of the loggers, with those that a resumed run has, and other loggers."""
    held = folder.read_manifest().loggers if settings.resume and folder.manifest.exists() else ()
    others = [logger for logger in settings.loggers if not isinstance(logger, str)]
    return (*dict.fromkeys((*held, *names_of(settings.loggers))), *others)


def _begun(loggers: list[tuple[str, Logger]], folder: RunFolder, program: Program) -> Loggers | None:
    if not loggers:
        return None
    found = read_settings(program.text)
    return Loggers(loggers, LoggedRun(folder.path, folder.read_manifest(), {} if found is None else found.values))
