"""A run folder: the paths of its files, and methods that write and read its records."""

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spikegraph.base.errors import NotARunError, RunFolderError
from spikegraph.base.file_errors import fix
from spikegraph.base.files import remove_parts, write_whole
from spikegraph.base.surface import argument
from spikegraph.runs import ended as end
from spikegraph.runs import lock
from spikegraph.runs.json_file import read_record, read_text, write_record
from spikegraph.runs.lock_file import NAME as LOCK
from spikegraph.runs.manifest import Manifest
from spikegraph.runs.own_files import is_missing, require_own_files
from spikegraph.runs.resumed import resumed_manifest
from spikegraph.runs.summary import Summary
from spikegraph.runs.unfinished_start import startable
from spikegraph.runs.weights_file import START, Pair

PhaseName = Literal["search", "retrain"]
Which = Literal["newest", "previous", "best"]

PHASES: tuple[PhaseName, ...] = ("search", "retrain")
"""The phases in order."""

WHICH: tuple[Which, ...] = ("newest", "previous", "best")
"""The checkpoints of a phase; `previous` is the one before `newest`."""

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
    def trials(self) -> Path:
        """`trials/`: the candidates that a search trains, each in a folder with its genotype, numbers and checkpoints."""
        return self.path / "trials"

    def trial(self, number: int) -> "RunFolder":
        """`trials/0003/`: the folder of a candidate, counted from 1; its files are those of a run, without a manifest."""
        return RunFolder(self.trials / f"{number:04d}")

    def control(self, number: int) -> "RunFolder":
        """`controls/0003/`: likewise the folder of a random architecture that is trained to compare with."""
        return RunFolder(self.path / "controls" / f"{number:04d}")

    @property
    def progress(self) -> Path:
        """`trial.json`: in the folder of a candidate, how good it was after which share of its training."""
        return self.path / "trial.json"

    @property
    def summary(self) -> Path:
        """`summary.json`: the results, phase by phase."""
        return self.path / "summary.json"

    @property
    def ended(self) -> Path:
        """`ended.json`: how the last process ended, if that wasn't the end of the run."""
        return self.path / end.NAME

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
        """`tensorboard/`: numbers of the journal in TensorBoard's format, if the logger `tensorboard` is used."""
        return self.path / "tensorboard"

    @property
    def checkpoints(self) -> Path:
        """`checkpoints/`: what `--resume` needs."""
        return self.path / "checkpoints"

    def checkpoint(self, phase: PhaseName, which: Which = "newest") -> Path:
        """`checkpoints/PHASE.WHICH.safetensors`: everything but the weights that `--resume` needs."""
        return self.checkpoints / f"{phase}.{which}.safetensors"

    @property
    def trained(self) -> Path:
        """`weights.safetensors`: the weights of the trained network, the best by the validation, or without one the newest."""
        return self.path / "weights.safetensors"

    def weights(self, phase: PhaseName, which: Which = "newest", *, validated: bool = False) -> Path:
        """The weights that go with a checkpoint: `trained` if it is the one that a retraining keeps, else one beside it."""
        if (phase, which) == ("retrain", "best" if validated else "newest"):
            return self.trained
        return self.checkpoints / f"{phase}.{which}.weights.safetensors"

    def pair(self, phase: PhaseName, which: Which, *, validated: bool = False) -> Pair:
        """A checkpoint and its weights; `validated`: the phase has a validation, which chooses the weights of `trained`."""
        return Pair(self.checkpoint(phase, which), self.weights(phase, which, validated=validated))

    def read_manifest(self) -> Manifest:
        """The manifest.

        Raises:
            RunFolderError: It is missing or damaged, or has another format version; or a file of the run is elsewhere.
        """
        if is_missing(self.manifest):  # first: another folder may have anything in it, and much of it
            raise NotARunError(f"{self.path} is not the folder of a run: it has no {self.manifest.name}")
        require_own_files(self.path)
        return read_record(self.manifest, Manifest, "restore the file, or start a new run in another folder", FORMAT_VERSION)

    def read_genotype(self) -> str | None:
        """The genotype's text; None before the end of the search."""
        return read_text(self.genotype, f"delete the file; {argument('resume')} writes it again")

    def read_summary(self) -> Summary:
        """The summary; an empty one before the end of the first phase.

        Raises:
            RunFolderError: The file is damaged, or has another format version.
        """
        if not self.summary.exists():
            return Summary()
        return read_record(self.summary, Summary, f"delete the file; {argument('resume')} writes it again", FORMAT_VERSION)

    def read_ended(self) -> end.Ended | None:
        """How the run's last process ended; None while one has the run, if it was killed, and if the run is complete.

        Raises:
            RunFolderError: The file is damaged, or has another format version.
        """
        if not self.ended.exists():
            return None
        return read_record(self.ended, end.Ended, "delete the file", end.FORMAT_VERSION)

    def write_summary(self, summary: Summary) -> None:
        """Writes the summary.

        Raises:
            OSError: The file can't be written.
        """
        write_record(self.summary, summary, FORMAT_VERSION)

    @contextmanager
    def owned(self, notice: Callable[[str], None]) -> Generator[None]:
        """Makes the folder if it is missing, and owns it inside the block; see `lock.py`.

        Raises:
            RunFolderError: Another process owns it, it holds other files than a run's, or it can't be made.
        """
        if not (self.path / LOCK).exists():
            self.check_startable(resume=True)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error
        with lock.owned(self.path, notice):
            yield

    def begin(
        self,
        manifest: Manifest,
        resolved: str,
        genotype: str | None = None,
        start: bytes | None = None,
        *,
        resume: bool,
        force: bool = False,
        loads: Callable[[], None] = lambda: None,
        notice: Callable[[str], None] = lambda _: None,
    ) -> bool:
        """Creates the folder of a new run, or checks that the run in the folder can be resumed.

        Args:
            manifest: The manifest of this run.
            resolved: The spec with every default written out.
            genotype: The genotype that the user gave.
            start: The content of `start.safetensors`.
            resume: Resume the run in the folder; if there is none, start a new one.
            force: Resume it although something differs; the manifest records what.
            loads: Raises `MisfitError` if the run's checkpoint can't be loaded although something differs.
            notice: Is told what differs.

        Returns:
            True if a run is resumed, False if a new one starts.

        Raises:
            RunFolderError: The folder holds another run or other files, or can't be created; or with `force` the checkpoint
                doesn't fit. Nothing has changed then.
        """
        try:
            self.check_startable(resume=resume)
            if self.manifest.exists():
                held = self.read_manifest()
                changed = resumed_manifest(self, held, manifest, resolved, force=force, loads=loads, notice=notice)
                remove_parts(self.path)
                if changed is not None:
                    self._write_start(changed, resolved, genotype)
                return True
            for folder in (self.path, *self._folders):
                folder.mkdir(parents=True, exist_ok=True)
            remove_parts(self.path)
            self.genotype.unlink(missing_ok=True)  # of an unfinished start
            (self.path / START).unlink(missing_ok=True)
            if start is not None:
                write_whole(self.path / START, start)
            self._write_start(manifest, resolved, genotype)
        except OSError as error:
            raise self._unwritable(error) from error
        return False

    def _write_start(self, manifest: Manifest, resolved: str, genotype: str | None) -> None:
        write_whole(self.resolved, resolved)
        if genotype is not None:
            write_whole(self.genotype, genotype)
        # The manifest is written last, because it makes the folder a run folder.
        write_record(self.manifest, manifest, FORMAT_VERSION)

    def check_startable(self, *, resume: bool) -> None:
        """Checks that a run can start in the folder, or be resumed.

        Raises:
            RunFolderError: It holds a run that isn't to be resumed, or other files.
        """
        if self.manifest.exists():
            if not resume:
                help = f"resume it with {argument('resume')}, or choose another folder with {argument('out')}"
                raise RunFolderError(f"{self.path} has a run, started {self.read_manifest().started}", help)
        elif not startable(self.path, self._folders, (self.resolved, self.genotype, self.path / START)):
            raise RunFolderError(
                f"{self.path} isn't empty and has no run", f"choose a new or empty folder with {argument('out')}"
            )

    @property
    def _folders(self) -> tuple[Path, Path]:
        return self.checkpoints, self.diagrams

    def _unwritable(self, error: OSError) -> RunFolderError:
        path = Path(error.filename or self.path)
        return RunFolderError(f"it can't be written: {error.strerror or error}", fix(error), path=path)
