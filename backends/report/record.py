"""A run for the report: its record with a label and its network."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from spikegraph.base.errors import PassError, PluginError
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.genotype.architecture import Architecture, of_spec
from spikegraph.program.phases import Built
from spikegraph.program.program import Program
from spikegraph.runs.record import RunRecord
from spikegraph.runs.state import State, read_state


@dataclass(frozen=True)
class Record(RunRecord):
    """A labelled run.

    Attributes:
        label: Name of the run in headings and legends.
        state: What it is doing, or how it ended.
    """

    label: str
    state: State

    @classmethod
    def read(cls, path: Path, label: str | None = None) -> "Record":
        """Reads a run folder; the label is the folder's name by default.

        Raises:
            RunFolderError: It isn't a run folder, or its manifest or summary is damaged or has another format version.
        """
        return cls.of(*read_state(path), label or path.resolve().name)

    @classmethod
    def of(cls, run: RunRecord, state: State, label: str) -> "Record":
        """A run that was read, with a label."""
        return cls(run.folder, run.manifest, run.summary, label, state)

    @cached_property
    def built(self) -> Built | str:
        """The run's network, derived if the genotype is known, else the supernet; or why it can't be built."""
        genotype = self.folder.genotype if self.genotype is not None else None
        if self.resolved is None:
            return f"{self.folder.resolved} is missing"
        try:
            self.check_plugins()
            return Program.read(self.folder.resolved, genotype=genotype).build()
        except SpecError as error:
            first = next(d for d in error.diagnostics if d.severity == "error")
            return f"this version rejects the run's spec: {first.summary} ({first.code})"
        except PluginError as error:
            return error.summary
        except PassError as error:
            return f"this version rejects the run's spec: {error.summary}"

    @cached_property
    def architecture(self) -> Architecture | None:
        """The genotype and the paths; None before the end of the search."""
        if isinstance(self.built, str):
            return None
        found = of_spec(self.label, self.built.spec)
        return found if found.cells or found.paths else None

    @property
    def searches(self) -> bool:
        """True if the run has a search, or may have one: its spec can't be built."""
        return isinstance(self.built, str) or self.summary.searched or self.built.phase == "search"

    def spec_is_unchanged(self) -> bool:
        """True if the resolved spec is the one that the run was started with."""
        return self.resolved is not None and _sha256(self.resolved) == self.manifest.resolved_sha256


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
