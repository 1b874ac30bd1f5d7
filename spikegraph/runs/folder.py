"""A run folder: the paths of its files, and methods that write and read its records."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spikegraph.errors import NotARunError, RunFolderError
from spikegraph.files import write_whole
from spikegraph.runs.json_file import read_record, read_text, write_record
from spikegraph.runs.manifest import Manifest
from spikegraph.runs.own_files import require_own_files
from spikegraph.runs.summary import Summary

PhaseName = Literal["search", "retrain"]
Which = Literal["newest", "best"]

PHASES: tuple[PhaseName, ...] = ("search", "retrain")
"""The phases in order."""

SNAPSHOT = re.compile(r"epoch-(?P<epoch>[0-9]{4,9})\.sdhs")
"""The names of snapshots."""

FORMAT_VERSION = 1
"""Format version of the manifest and the summary."""


@dataclass(frozen=True)
class RunFolder:
    """The paths in a run folder.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def manifest(self) -> Path:
        """`manifest.json`: spec, seed, versions, command, device, precision, start time."""
        return self.path / "manifest.json"

    @property
    def resolved(self) -> Path:
        """`resolved.sdhs`: the spec with every default written out."""
        return self.path / "resolved.sdhs"

    @property
    def metrics(self) -> Path:
        """`metrics.jsonl`: the journal."""
        return self.path / "metrics.jsonl"

    @property
    def genotype(self) -> Path:
        """`genotype.sdhs`: the architecture, found by the search or given by the user."""
        return self.path / "genotype.sdhs"

    @property
    def snapshots(self) -> Path:
        """`snapshots/`: architectures, decoded every few epochs of the search."""
        return self.path / "snapshots"

    def snapshot(self, epoch: int) -> Path:
        """`snapshots/epoch-0003.sdhs`: the architecture after an epoch, counted from 1."""
        return self.snapshots / f"epoch-{epoch:04d}.sdhs"

    def snapshot_epochs(self) -> list[int]:
        """The epochs with a snapshot, in order."""
        found = (SNAPSHOT.fullmatch(path.name) for path in self.snapshots.glob("epoch-*.sdhs"))
        return sorted(int(match["epoch"]) for match in found if match)

    def retrained(self, epoch: int, epochs: int) -> Path:
        """`snapshots/epoch-0003.retrained-2.json`: the result of a snapshot that was retrained for two epochs."""
        return self.snapshots / f"epoch-{epoch:04d}.retrained-{epochs}.json"

    def all_retrained(self) -> list[Path]:
        """The result files of all snapshots, by epoch."""
        return sorted(self.snapshots.glob("epoch-*.retrained-*.json"))

    @property
    def summary(self) -> Path:
        """`summary.json`: the results, phase by phase."""
        return self.path / "summary.json"

    @property
    def examples(self) -> Path:
        """`examples.npz`: a few predictions on the test set."""
        return self.path / "examples.npz"

    @property
    def diagrams(self) -> Path:
        """`diagrams/`: diagrams of the networks."""
        return self.path / "diagrams"

    @property
    def tensorboard(self) -> Path:
        """`tensorboard/`: numbers of the journal in TensorBoard's format."""
        return self.path / "tensorboard"

    def checkpoint(self, phase: PhaseName, which: Which = "newest") -> Path:
        """`checkpoints/PHASE.WHICH.safetensors`: everything but the weights that `--resume` needs."""
        return self.path / "checkpoints" / f"{phase}.{which}.safetensors"

    @property
    def trained(self) -> Path:
        """`weights.safetensors`: the weights of the trained network, the best by the validation, or without one the newest."""
        return self.path / "weights.safetensors"

    def weights(self, phase: PhaseName, which: Which = "newest", *, validated: bool = False) -> Path:
        """The weights that go with a checkpoint: `trained` if it is the one that a retraining keeps, else one beside it."""
        if (phase, which) == ("retrain", "best" if validated else "newest"):
            return self.trained
        return self.path / "checkpoints" / f"{phase}.{which}.weights.safetensors"

    def read_manifest(self) -> Manifest:
        """The manifest.

        Raises:
            RunFolderError: It is missing or damaged, or has another format version; or a file of the run is elsewhere.
        """
        require_own_files(self.path)
        if not self.manifest.exists():
            raise NotARunError(f"{self.path} is not the folder of a run: it has no {self.manifest.name}")
        return read_record(self.manifest, Manifest, "restore the file, or start a new run with --out", FORMAT_VERSION)

    def read_genotype(self) -> str | None:
        """The genotype's text; None before the end of the search."""
        return read_text(self.genotype, "delete the file; --resume writes it again")

    def read_summary(self) -> Summary:
        """The summary; an empty one before the end of the first phase.

        Raises:
            RunFolderError: The file is damaged, or has another format version.
        """
        if not self.summary.exists():
            return Summary()
        return read_record(self.summary, Summary, "delete the file; --resume writes it again", FORMAT_VERSION)

    def write_summary(self, summary: Summary) -> None:
        """Writes the summary.

        Raises:
            OSError: The file can't be written.
        """
        write_record(self.summary, summary, FORMAT_VERSION)

    def begin(self, manifest: Manifest, resolved: str, genotype: str | None = None, *, resume: bool) -> bool:
        """Creates the folder of a new run, or checks that the run in the folder can be resumed.

        Args:
            manifest: The manifest of this run.
            resolved: The spec with every default written out.
            genotype: The genotype that the user gave.
            resume: Resume the run in the folder; if there is none, start a new one.

        Returns:
            True if a run is resumed, False if a new one starts.

        Raises:
            RunFolderError: The folder holds another run or other files, or can't be created.
        """
        try:
            if self.manifest.exists():
                self._compare(manifest, resume=resume)
                return True
            if self.path.exists() and any(self.path.iterdir()):
                raise RunFolderError(f"{self.path} isn't empty and has no run", "choose a new or empty folder with --out")
            for folder in (self.path, self.checkpoint("search").parent, self.diagrams):
                folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.resolved, resolved)
            if genotype is not None:
                write_whole(self.genotype, genotype)
            # The manifest is written last, because it makes the folder a run folder.
            write_record(self.manifest, manifest, FORMAT_VERSION)
        except OSError as error:
            raise RunFolderError(f"{self.path} can't be written: {error.strerror or error}") from error
        return False

    def _compare(self, manifest: Manifest, *, resume: bool) -> None:
        held = self.read_manifest()
        if not resume:
            raise RunFolderError(
                f"{self.path} has a run, started {held.started}", "resume it with --resume, or choose another folder with --out"
            )
        for what, there, now in (
            ("spec", held.resolved_sha256, manifest.resolved_sha256),
            ("seed", held.seed, manifest.seed),
            ("precision", held.precision, manifest.precision),
            ("genotype", held.genotype_sha256, manifest.genotype_sha256),
        ):
            if there != now:
                shown = f" (run: {there}, now: {now})" if what in ("seed", "precision") else ""
                raise RunFolderError(
                    f"{self.path} can't be resumed: the {what} differs{shown}",
                    "repeat the manifest's settings, or choose another folder with --out",
                )
