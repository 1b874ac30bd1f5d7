"""A run in a list of runs: its record, state, settings, and values by column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath

from spikegraph.base.errors import RunFolderError
from spikegraph.program.spec_settings import Settings, Value, read_settings
from spikegraph.runs.journal import last_entry
from spikegraph.runs.record import RunRecord
from spikegraph.runs.state import State, read_state
from spikegraph.runs.summary import Metrics

VALIDATION = "validation."
"""The start of the columns of metrics on the validation set."""

SEARCH_TRAININGS = "search_trainings"
"""The column of what a run's search cost, in trainings."""

FRONT = "front"
"""The column of the number of networks on the front of a run's search."""

_NUMBER = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,18})?)")

NOTHING = Settings({}, ())


@dataclass(frozen=True)
class Listed:
    """A run in a list.

    Attributes:
        run: Its record.
        state: Its state.
        at: What it was doing last, such as `retrain, epoch 3`; empty if it is complete or hasn't begun.
        settings: Its settings; none if its `resolved.sdhs` is missing or damaged.
    """

    run: RunRecord
    state: State
    at: str
    settings: Settings

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.run.path

    @property
    def spec(self) -> str:
        """The name of the spec's file."""
        return PurePath(self.run.manifest.spec).name

    @property
    def finished(self) -> bool:
        """True if the run is complete."""
        return self.state.name == "finished"

    @property
    def note(self) -> str:
        """How far an incomplete run is, and why it ended, on one line."""
        owner, reason = self.state.owner, self.state.reason
        if self.state.name == "running":
            reason = "" if owner is None else f"process {owner.pid} on host {owner.host}"
            return ", ".join(part for part in (self.at or "not started", reason) if part)
        return "; ".join(part for part in (self.at, reason) if part)

    @property
    def validation(self) -> Metrics:
        """The metrics on the validation set of the network that is kept; empty without a validation."""
        return {} if self.run.summary.retrain is None else self.run.summary.retrain.validation

    @property
    def seconds(self) -> float | None:
        """Training time so far of the phases that are done, and of a search's candidates."""
        summary, cost = self.run.summary, self.run.summary.cost
        done = [] if summary.search is None else [summary.search.seconds]
        done += [] if cost is None else [cost.seconds]
        # The retraining of a network that the search chose among its candidates is one of theirs.
        done += [] if summary.retrain is None or (cost is not None and cost.chosen) else [summary.retrain.seconds]
        return sum(done) if done else None

    @cached_property
    def options(self) -> Mapping[str, Value]:
        """What the run was started with beside the spec's values, where a difference makes another run of it."""
        manifest = self.run.manifest
        genotype, weights = manifest.genotype_sha256, manifest.weights_sha256
        return {
            "profile": manifest.profile or "none",
            "precision": manifest.precision,
            "genotype": "none" if genotype is None else genotype[:12],
            "weights": "none" if weights is None else weights[:12],
            "data": manifest.data_sha256[:12] or "not recorded",
            "deterministic": str(manifest.deterministic).lower(),
            "processes": manifest.processes,
            "sync_norm": str(manifest.sync_norm).lower(),
        }

    @cached_property
    def values(self) -> Mapping[str, Value | None]:
        """The values that a run is sorted and filtered by, by column."""
        manifest = self.run.manifest
        own: dict[str, Value | None] = {
            "run": str(self.path),
            "spec": self.spec,
            "seed": manifest.seed,
            "state": self.state.name,
            "note": self.note,
            "started": manifest.started,
            "seconds": self.seconds,
            SEARCH_TRAININGS: self.run.summary.search_cost,
            FRONT: self.run.summary.front,
            "device": manifest.device,
            "host": None if self.state.owner is None else self.state.owner.host,
        }
        found = {VALIDATION + name: value for name, value in self.validation.items()}
        return {**self.settings.values, **self.options, **self.run.metrics, **found, **own}


def read_listed(paths: Iterable[Path], damaged: Callable[[RunFolderError], None] | None = None) -> list[Listed]:
    """Reads runs, the oldest first.

    Args:
        paths: The folders of the runs.
        damaged: Gets the errors of runs that can't be read, which are left out; by default they are raised.

    Raises:
        RunFolderError: A folder isn't a run's, or its records are damaged.
    """
    known: dict[str, Settings] = {}
    found: list[Listed] = []
    for path in paths:
        try:
            found.append(_listed(*read_state(path), known))
        except RunFolderError as error:
            if damaged is None:
                raise
            damaged(error)
    return sorted(found, key=lambda run: (run.run.manifest.started, _natural(str(run.path))))


def _natural(text: str) -> list[tuple[float, str]]:
    """An order in which seed-2 comes before seed-10, and lr=0.025 before lr=0.05."""
    return [(float(part), "") if k % 2 else (0.0, part) for k, part in enumerate(_NUMBER.split(text))]


def listed_runs(runs: Iterable[tuple[RunRecord, State]]) -> list[Listed]:
    """Runs in a list, in the same order.

    Raises:
        RunFolderError: A journal or a `resolved.sdhs` can't be read.
    """
    known: dict[str, Settings] = {}
    return [_listed(run, state, known) for run, state in runs]


def _listed(run: RunRecord, state: State, known: dict[str, Settings]) -> Listed:
    """A run in a list; `known` remembers the settings by the hash of the spec."""
    entry = None if run.complete else last_entry(run.folder.metrics)
    at = "" if entry is None else f"{entry.phase}, epoch {entry.epoch}"
    digest = run.manifest.resolved_sha256
    if digest not in known:
        settings = read_settings(run.resolved or "")
        if settings is None:
            return Listed(run, state, at, NOTHING)  # another run with this spec may have the file
        known[digest] = settings
    return Listed(run, state, at, known[digest])


def metric_names(runs: Sequence[Listed]) -> list[str]:
    """The metrics of all runs: on the test set, then on the validation set as `validation.NAME`."""
    test = dict.fromkeys(name for run in runs for name in run.run.metrics)
    validation = dict.fromkeys(VALIDATION + name for run in runs for name in run.validation)
    return [*test, *validation]


def differing(runs: Sequence[Listed]) -> list[str]:
    """The settings that differ between two runs of one spec, first those that a `--set` of the command line names.

    The arguments of a call count only if the call is the same one in all runs of the spec, or if all have the argument.
    """
    by_spec: dict[str, list[Listed]] = {}
    for run in runs:
        by_spec.setdefault(run.spec, []).append(run)
    named = dict.fromkeys(o.partition("=")[0].strip() for run in runs for o in run.run.manifest.overrides)
    found: dict[str, None] = {}
    for of in by_spec.values():
        options = [dict(pairs) for pairs in {tuple(run.options.items()) for run in of}]
        settings = list({id(run.settings): run.settings.values for run in of if run.settings.values}.values())
        found |= dict.fromkeys((*_differing(settings), *_differing(options)))
    first = [name for name in named if name in found]
    return [*first, *(name for name in found if name not in named)]


def _differing(tables: Sequence[Mapping[str, Value]]) -> list[str]:
    names = dict.fromkeys(name for table in tables for name in table)
    differ = {name for name in names if len({table.get(name) for table in tables}) > 1}
    return [n for n in names if n in differ and (n.rpartition(".")[0] not in differ or all(n in table for table in tables))]
