"""A run's folder as the report reads it: whatever is there by now, of a run that is over, going, or dead."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from spikegraph import driver
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.errors import PassError
from spikegraph.genotype.architecture import Architecture, of_spec
from spikegraph.genotype.history import Epoch, search_epochs
from spikegraph.runs.examples import Examples, read_examples
from spikegraph.runs.folder import RunFolder, read_json
from spikegraph.runs.journal import Entry, read_journal

PHASES = ("search", "retrain")


@dataclass(frozen=True)
class Record:
    """What a run's folder holds.

    Attributes:
        label: For legends.
        path: The folder.
        manifest: What the run was started with.
        summary: What has come out; empty before the first phase is over.
        entries: The journal.
        history: Alpha and beta after each epoch of the search.
        genotype: The architecture's text, once it is known.
        resolved: The spec with every default, or None where the file is missing.
        examples: Predictions; None where none were kept.
        snapshots: What the retrained snapshots of the search came to: by its epoch, metrics.
        modified: When the journal was last written, in seconds since 1970; None before.
    """

    label: str
    path: Path
    manifest: Mapping[str, Any]
    summary: Mapping[str, Any]
    entries: Sequence[Entry]
    history: Sequence[Epoch]
    genotype: str | None
    resolved: str | None
    examples: Examples | None
    snapshots: Mapping[int, Mapping[str, float]]
    modified: float | None

    @classmethod
    def read(cls, path: Path, label: str | None = None) -> "Record":
        """Reads the folder; the last line of a journal that is being written may be half there.

        Raises:
            TrainError: It is no run's folder, or a file in it can't be read.
            HistoryError: The journal's alpha and beta can't be read.
        """
        folder = RunFolder(path)
        begun = folder.metrics.exists()
        return cls(
            label=label or path.resolve().name,
            path=path,
            manifest=folder.read_manifest(),
            summary=read_json(folder.summary, "the folder of a run") if folder.summary.exists() else {},
            entries=read_journal(folder.metrics) if begun else [],
            history=search_epochs(folder.metrics),
            genotype=_text(folder.genotype),
            resolved=_text(folder.resolved),
            examples=read_examples(folder.examples),
            snapshots=_snapshots(folder.snapshots),
            modified=folder.metrics.stat().st_mtime if begun else None,
        )

    @property
    def complete(self) -> bool:
        """Whether the run is over."""
        return bool(self.summary.get("complete"))

    def part(self, name: str) -> dict[str, Any]:
        """An object of the summary; empty where it isn't there yet."""
        return cast("dict[str, Any]", self.summary.get(name) or {})

    @property
    def metrics(self) -> dict[str, float]:
        """Of the trained network on the test set; empty before the evaluation."""
        return self.part("evaluation").get("metrics", {})

    @property
    def rates(self) -> dict[str, float]:
        """Firing rates by node; empty before the evaluation."""
        return self.part("evaluation").get("firing_rates", {})

    def of(self, event: str, phase: str) -> list[Entry]:
        """The journal's lines of one kind."""
        return [e for e in self.entries if e["event"] == event and e["phase"] == phase]

    @cached_property
    def built(self) -> driver.Built | str:
        """The run's network as it stands: retrained where the genotype is known, else searched; or why it can't be built."""
        genotype = self.path / "genotype.sdhs" if self.genotype is not None else None
        if self.resolved is None:
            return f"{self.path / 'resolved.sdhs'} is missing"
        try:
            return driver.build(self.path / "resolved.sdhs", driver.Options(genotype=genotype))
        except SpecError as error:
            first = next(d for d in error.diagnostics if d.severity == "error")
            return f"this version refuses the run's spec: {first.summary} ({first.code})"
        except PassError as error:
            return f"this version refuses the run's spec: {error.summary}"

    @cached_property
    def architecture(self) -> Architecture | None:
        """The genotype and the paths; None where there are none yet."""
        if isinstance(self.built, str):
            return None
        found = of_spec(self.label, self.built.spec)
        return found if found.cells or found.paths else None

    def spec_is_whole(self) -> bool:
        """Whether the resolved spec is the one that the run was started with."""
        return self.resolved is not None and _sha256(self.resolved) == self.manifest.get("resolved_sha256")


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _snapshots(folder: Path) -> dict[int, Mapping[str, float]]:
    """What `search-progress` has measured, of retrainings of several lengths the longest."""
    found = [read_json(path, "a folder of snapshots") for path in sorted(folder.glob("epoch-*.retrained-*.json"))]
    longest = max((data["epochs"] for data in found), default=0)
    return {int(data["epoch"]): data["metrics"] for data in found if data["epochs"] == longest}
