"""The folder of a run: the names of its files, and the writing of its records."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spikegraph.errors import RunFolderError
from spikegraph.files import write_whole
from spikegraph.runs.json_file import read_record, read_text, write_record
from spikegraph.runs.manifest import Manifest
from spikegraph.runs.summary import Summary

PhaseName = Literal["search", "retrain"]
Which = Literal["newest", "best"]

PHASES: tuple[PhaseName, ...] = ("search", "retrain")
"""The phases in their order."""

FORMAT_VERSION = 1
"""Of the manifest and of the summary."""


@dataclass(frozen=True)
class RunFolder:
    """The paths in a run's folder.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def manifest(self) -> Path:
        """`manifest.json`: spec, seed, versions, command, device, precision, start."""
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
        """`genotype.sdhs`: the searched architecture, or the one that the user gave."""
        return self.path / "genotype.sdhs"

    @property
    def snapshots(self) -> Path:
        """`snapshots/`: the architecture decoded every few epochs of the search."""
        return self.path / "snapshots"

    def snapshot(self, epoch: int) -> Path:
        """`snapshots/epoch-0003.sdhs`: the architecture after an epoch, counted from 1."""
        return self.snapshots / f"epoch-{epoch:04d}.sdhs"

    def snapshot_epochs(self) -> list[int]:
        """The epochs that have a snapshot, in order."""
        return sorted(int(path.stem.removeprefix("epoch-")) for path in self.snapshots.glob("epoch-[0-9]*.sdhs"))

    def retrained(self, epoch: int, epochs: int) -> Path:
        """`snapshots/epoch-0003.retrained-2.json`: the result of a snapshot, retrained for two epochs."""
        return self.snapshots / f"epoch-{epoch:04d}.retrained-{epochs}.json"

    def all_retrained(self) -> list[Path]:
        """The results of all snapshots, in order of their epochs."""
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
        """`diagrams/`: pictures of the networks."""
        return self.path / "diagrams"

    @property
    def tensorboard(self) -> Path:
        """`tensorboard/`: the journal's numbers in TensorBoard's format."""
        return self.path / "tensorboard"

    def checkpoint(self, phase: PhaseName, which: Which = "newest") -> Path:
        """`checkpoints/PHASE.WHICH.safetensors`."""
        return self.path / "checkpoints" / f"{phase}.{which}.safetensors"

    def read_manifest(self) -> Manifest:
        """The manifest.

        Raises:
            RunFolderError: There is none, it is damaged, or it has another format version.
        """
        if not self.manifest.exists():
            raise RunFolderError(f"{self.path} is not the folder of a run: it has no {self.manifest.name}")
        return read_record(self.manifest, Manifest, "restore the file, or start a new run with --out", FORMAT_VERSION)

    def read_genotype(self) -> str | None:
        """The text of the genotype; None before the end of the search."""
        return read_text(self.genotype, "delete the file; --resume writes it again")

    def read_summary(self) -> Summary:
        """The summary; an empty one before the end of the first phase.

        Raises:
            RunFolderError: It is damaged, or has another format version.
        """
        if not self.summary.exists():
            return Summary()
        return read_record(self.summary, Summary, "delete the file; --resume writes it again", FORMAT_VERSION)

    def write_summary(self, summary: Summary) -> None:
        """Writes the summary.

        Raises:
            OSError: It can't be written.
        """
        write_record(self.summary, summary, FORMAT_VERSION)

    def begin(self, manifest: Manifest, resolved: str, *, resume: bool) -> bool:
        """Creates the folder of a new run, or checks that the run in it can be resumed.

        Args:
            manifest: The manifest of this run.
            resolved: The spec with every default.
            resume: Resume the run in the folder; a new one begins if there is none.

        Returns:
            Whether a run is resumed.

        Raises:
            RunFolderError: The folder holds another run or other files, or can't be created.
        """
        try:
            if self.manifest.exists():
                self._compare(manifest, resume=resume)
                return True
            if self.path.exists() and any(self.path.iterdir()):
                raise RunFolderError(f"{self.path} holds other files, and no run", "name a new or an empty folder with --out")
            for folder in (self.path, self.checkpoint("search").parent, self.diagrams):
                folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.resolved, resolved)
            # Last: a folder with a manifest is a run.
            write_record(self.manifest, manifest, FORMAT_VERSION)
        except OSError as error:
            raise RunFolderError(f"{self.path} can't be written: {error.strerror or error}") from error
        return False

    def _compare(self, manifest: Manifest, *, resume: bool) -> None:
        held = self.read_manifest()
        if not resume:
            raise RunFolderError(
                f"{self.path} holds a run that began {held.started}",
                "resume it with --resume, or name another folder with --out",
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
                    "use what the manifest names, or another folder with --out",
                )
