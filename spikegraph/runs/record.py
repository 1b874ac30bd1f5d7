"""The reader of run folders, for runs that are complete, in progress or killed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from spikegraph.base.errors import RunFolderError
from spikegraph.plugins.local_files import check_loaded
from spikegraph.runs.entries import DgsEntry, Entry, EpochEntry, StepEntry
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.journal import read_journal
from spikegraph.runs.json_file import read_text
from spikegraph.runs.manifest import Manifest
from spikegraph.runs.metrics import Directions
from spikegraph.runs.resumable import rerun_command, resume_command
from spikegraph.runs.snapshots import read_measured
from spikegraph.runs.summary import Metrics, Summary
from spikegraph.runs.usage import NAME as USAGE
from spikegraph.runs.usage import Usage, read_usage
from spikegraph.runs.weights_file import START

if TYPE_CHECKING:
    from spikegraph.runs.examples import Examples
    from spikegraph.runs.rasters import Rasters


@dataclass(frozen=True)
class RunRecord:
    """The contents of a run folder. Files other than manifest and summary are read when first needed.

    Each property raises a `RunFolderError` if its file can't be read.

    Attributes:
        folder: The folder.
        manifest: How the run was started.
        summary: The results so far.
    """

    folder: RunFolder
    manifest: Manifest
    summary: Summary

    def __repr__(self) -> str:
        parts = ["complete" if self.complete else "not complete", self.manifest.spec, f"seed {self.manifest.seed}"]
        parts += [f"{name} {value:.6g}" for name, value in list(self.metrics.items())[:4]]
        return f"<RunRecord {self.path}: {', '.join(parts)}>"

    @property
    def path(self) -> Path:
        """The folder's path."""
        return self.folder.path

    @property
    def complete(self) -> bool:
        """True if all phases are done."""
        return self.summary.complete

    @property
    def resume_command(self) -> str:
        """The command that continues the run."""
        return resume_command(self.path, self.manifest.plugin_paths, self.manifest.processes)

    @property
    def repeat_command(self) -> str:
        """The command that repeats a complete run in a folder beside it; of another one the command that continues it."""
        if not self.complete:
            return self.resume_command
        return rerun_command(self.path, self.manifest.plugin_paths, self.manifest.processes)

    def check_trained(self) -> None:
        """Checks that the run has a trained network, if only that of its newest checkpoint.

        Raises:
            RunFolderError: It has none yet.
        """
        if not self.folder.trained.exists() and not self.complete:
            raise RunFolderError(f"{self.path} has no trained network yet", f"continue with `{self.resume_command}`")

    @property
    def data_folder(self) -> Path | None:
        """The data folder that the run was started with; None for data of the package."""
        return None if self.manifest.data_folder is None else Path(self.manifest.directory, self.manifest.data_folder)

    @property
    def weights_from(self) -> Path | None:
        """The run, folder or file whose weights the run started from; None without one."""
        if (self.path / START).exists():
            return self.path / START  # the run may have been moved
        return None if self.manifest.weights_from is None else Path(self.manifest.directory, self.manifest.weights_from)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notices about the data."""
        return self.summary.notes or self.manifest.notes

    def check_plugins(self) -> None:
        """Checks that the plug-ins that the run's spec uses are there.

        Raises:
            PluginError: One is missing.
        """
        check_loaded(self.manifest.plugins)

    @property
    def metrics(self) -> Metrics:
        """Metrics of the trained network on the test set; empty before the evaluation."""
        return {} if self.summary.evaluation is None else self.summary.evaluation.metrics

    @property
    def directions(self) -> Directions:
        """Whether higher is better, by metric, as far as the run has stored it."""
        return self.summary.directions

    @property
    def rates(self) -> Mapping[str, float]:
        """Spikes per neuron and time step, by node, as `Evaluation` has them; empty before the evaluation."""
        return {} if self.summary.evaluation is None else self.summary.evaluation.firing_rates

    @cached_property
    def genotype(self) -> str | None:
        """The genotype's text; None before the end of the search."""
        return self.folder.read_genotype()

    @property
    def unsearched(self) -> str | None:
        """Why a run has trained a network without a search; None of a run that searched, or may still do so."""
        retrained = self.summary.retrain is not None or any(entry.phase == "retrain" for entry in self.entries)
        searched = self.summary.searched or any(entry.phase == "search" for entry in self.entries)
        if searched or not retrained:
            return None
        return "nothing was searched: the spec leaves no choice" if self.genotype is None else "the genotype was given"

    @cached_property
    def resolved(self) -> str | None:
        """The spec with every default written out; None if the file is missing."""
        return read_text(self.folder.resolved, "restore the file, or start a new run in another folder")

    @cached_property
    def entries(self) -> Sequence[Entry]:
        """The entries of the journal."""
        return read_journal(self.folder.metrics)

    @cached_property
    def modified(self) -> float | None:
        """Time of the last journal entry, in seconds since 1970; None if there is no journal."""
        return self.folder.metrics.stat().st_mtime if self.folder.metrics.exists() else None

    @cached_property
    def examples(self) -> Examples | None:
        """Stored predictions; None if there are none."""
        from spikegraph.runs.examples import read_examples  # noqa: PLC0415 (needs numpy)

        return read_examples(self.folder.examples)

    @cached_property
    def rasters(self) -> Rasters | None:
        """Spikes and potentials for a sample; None if there are none."""
        from spikegraph.runs import rasters  # noqa: PLC0415 (needs numpy)

        return rasters.read_rasters(self.path / rasters.NAME)

    @cached_property
    def usage(self) -> Sequence[Usage]:
        """Memory and processor time during the training; empty in runs of older versions."""
        return read_usage(self.path / USAGE)

    @cached_property
    def snapshots(self) -> Mapping[int, Metrics]:
        """Metrics of the search's retrained snapshots, by epoch; only those with the longest retraining."""
        found = [read_measured(path) for path in self.folder.all_retrained()]
        longest = max((m.epochs for m in found), default=0)
        return {m.epoch: m.metrics for m in found if m.epochs == longest}

    def steps(self, phase: str) -> list[StepEntry]:
        """The step entries of a phase."""
        return [e for e in self.entries if isinstance(e, StepEntry) and e.phase == phase]

    def epochs(self, phase: str) -> list[EpochEntry]:
        """The epoch entries of a phase."""
        return [e for e in self.entries if isinstance(e, EpochEntry) and e.phase == phase]

    @property
    def search_epochs(self) -> list[EpochEntry]:
        """The epoch entries of the search that have alpha or beta."""
        return [e for e in self.epochs("search") if e.architecture]

    @property
    def last(self) -> dict[str, Entry]:
        """The last entry of each phase that has started; rounds of surrogate searches don't count."""
        return {e.phase: e for e in self.entries if not isinstance(e, DgsEntry)}

    @property
    def rounds(self) -> dict[str, list[DgsEntry]]:
        """The rounds of the surrogate search, by neuron."""
        found: dict[str, list[DgsEntry]] = {}
        for entry in self.entries:
            if isinstance(entry, DgsEntry):
                found.setdefault(entry.neuron, []).append(entry)
        return found


def read_run(path: Path) -> RunRecord:
    """Reads a run folder.

    Raises:
        RunFolderError: It isn't a run folder, or its manifest or summary is damaged or has another format version.
    """
    folder = RunFolder(path)
    return RunRecord(folder, folder.read_manifest(), folder.read_summary())
