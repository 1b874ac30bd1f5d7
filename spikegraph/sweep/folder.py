"""A sweep's folder: what the sweep consists of, the folders of its runs, their logs, and what happened to each.

`sweep.json` and the text of the spec are written once, before the first run. So a point can start at any time and on any
machine that sees the folder, whatever has become of the spec's file.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass as plain_dataclass
from dataclasses import field
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from spikegraph.base.errors import RunFolderError
from spikegraph.base.file_errors import fix
from spikegraph.base.files import PART, remove_parts, write_whole
from spikegraph.runs import lock
from spikegraph.runs.json_file import STRICT, Count, Ordinal, Real, read_record, read_text, write_record
from spikegraph.runs.manifest import Precision
from spikegraph.runs.resumable import resume_command_of
from spikegraph.sweep.imports import Imports
from spikegraph.sweep.points import MOST_POINTS, Point
from spikegraph.sweep.results import Results

FORMAT_VERSION = 1
"""Format version of `sweep.json`, `results.json` and the histories."""

RESTORE = "restore the file, or start a new sweep with --out"


@dataclass(frozen=True, config=STRICT)
class Plan:
    """`sweep.json`: what a sweep consists of, and the options that all its runs share.

    Attributes:
        spec: The spec's path, as given by the user.
        points: The runs.
        command: The command line.
        directory: The working directory, where relative paths start.
        started: Start time in UTC, ISO 8601.
        threads: Number of threads of each run.
        jobs: How many run at once.
        retries: How often a lost run is tried again.
        device: torch's name of the device.
        precision: Precision of the convolutions.
        profile: The profile, if one is applied.
        overrides: The values of `--set` that all points have.
        genotype: Whether a genotype was given.
        data_folder: The data folder, as given by the user; None for data of the package, and if it varies.
        data_folders: The data folders by the point's name, if they vary.
        weights: The run, folder or file whose weights all runs start from, as given by the user; None without one, and if it
            varies.
        weights_of: Those by the point's name, if they vary.
        deterministic: As the option `--deterministic`.
        cuda_graph: As the option `--cuda-graph`.
        checkpoint_every: Seconds between two checkpoints within an epoch; None for the default.
        loggers: The names of the loggers.
        controls: As the option `--control`, 0 for as many as the search's cost buys; None without it.
        epochs: Number of epochs of each phase, by the point's name; for the progress.
    """

    spec: str
    points: Annotated[tuple[Point, ...], Field(min_length=1, max_length=MOST_POINTS)]
    command: tuple[str, ...]
    directory: str
    started: str
    threads: Ordinal
    jobs: Ordinal
    retries: Count
    device: str
    precision: Precision = "fp32"
    profile: str | None = None
    overrides: tuple[str, ...] = ()
    genotype: bool = False
    data_folder: str | None = None
    data_folders: Mapping[str, str] = field(default_factory=dict[str, str])
    weights: str | None = None
    weights_of: Mapping[str, str] = field(default_factory=dict[str, str])
    deterministic: bool = False
    cuda_graph: bool = False
    checkpoint_every: Real | None = None
    loggers: tuple[str, ...] = ()
    controls: Count | None = None
    epochs: Mapping[str, Mapping[str, Count]] = field(default_factory=dict[str, Mapping[str, int]])

    def point(self, name: str) -> Point | None:
        """The point of a name."""
        return next((point for point in self.points if point.name == name), None)

    def data_of(self, point: Point) -> str | None:
        """The data folder of a point."""
        return self.data_folders.get(point.name, self.data_folder)

    def source_of(self, point: Point) -> str | None:
        """The run, folder or file whose weights a point starts from."""
        return self.weights_of.get(point.name, self.weights)


@dataclass(frozen=True, config=STRICT)
class Try:
    """A try to run a point that has ended.

    Attributes:
        status: The exit status; negative: the signal that killed it.
        message: Its last error, on one line; empty if it finished.
        seconds: How long it took.
    """

    status: int
    message: str
    seconds: Real


@dataclass(frozen=True, config=STRICT)
class History:
    """`logs/NAME.json`: what happened to a point.

    Attributes:
        begun: Number of tries that have begun.
        tries: Those that have ended, the first one first.
    """

    begun: Count = 0
    tries: tuple[Try, ...] = ()


@plain_dataclass(frozen=True)
class SweepFolder:
    """The paths in a sweep's folder.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def plan(self) -> Path:
        """`sweep.json`."""
        return self.path / "sweep.json"

    @property
    def spec(self) -> Path:
        """`spec.sdhs`: the spec's text, as it was."""
        return self.path / "spec.sdhs"

    @property
    def imports(self) -> Path:
        """`imports.json`: the files that the spec imports, if it imports any."""
        return self.path / "imports.json"

    @property
    def joined(self) -> Path:
        """`joined.sdhs`: in sweeps of older versions, the spec with its imports in their place, if it has imports."""
        return self.path / "joined.sdhs"

    @property
    def genotype(self) -> Path:
        """`genotype.sdhs`: the genotype, if one was given."""
        return self.path / "genotype.sdhs"

    @property
    def results(self) -> Path:
        """`results.json`: what came of the runs."""
        return self.path / "results.json"

    @property
    def logs(self) -> Path:
        """`logs/`: what the runs printed, and their histories."""
        return self.path / "logs"

    @property
    def resume_command(self) -> str:
        """The command that continues the sweep, with the plug-ins of this process."""
        return resume_command_of(self.path)

    def run(self, point: Point) -> Path:
        """The folder of a point's run."""
        return self.path / point.name

    def log(self, point: Point) -> Path:
        """`logs/NAME.log`: what all tries of a point printed."""
        return self.logs / f"{point.name}.log"

    def history(self, point: Point) -> Path:
        """`logs/NAME.json`."""
        return self.logs / f"{point.name}.json"

    def require_free(self) -> None:
        """Checks that a sweep can start here.

        Raises:
            RunFolderError: The folder holds something.
        """
        if self.plan.exists():
            help = "continue it with --resume, or choose another folder with --out"
            raise RunFolderError(f"{self.path} has a sweep, started {self.read_plan().started}", help)
        left = {self.logs, self.spec, self.imports, self.joined, self.genotype, self.path / lock.NAME}  # of a killed start
        if any(entry not in left and not PART.fullmatch(entry.name) for entry in self.path.glob("*")):
            raise RunFolderError(f"{self.path} isn't empty and has no sweep", "choose a new or empty folder with --out")

    def begin(self, plan: Plan, spec: str, imports: Imports | None, genotype: str | None) -> None:
        """Writes what the points are started from.

        Raises:
            RunFolderError: The folder holds something, or can't be written.
        """
        self.require_free()
        try:
            self.logs.mkdir(exist_ok=True)
            remove_parts(self.path)
            for file in (self.imports, self.joined, self.genotype):
                file.unlink(missing_ok=True)  # of a start that was killed
            write_whole(self.spec, spec)
            if imports is not None:
                write_record(self.imports, imports, FORMAT_VERSION)
            if genotype is not None:
                write_whole(self.genotype, genotype)
            write_record(self.plan, plan, FORMAT_VERSION)  # last, because it makes the folder a sweep's
        except OSError as error:
            path = Path(error.filename or self.path)
            raise RunFolderError(f"it can't be written: {error.strerror or error}", fix(error), path=path) from error

    def read_plan(self) -> Plan:
        """The plan.

        Raises:
            RunFolderError: It is missing or damaged, or a run or a log is a link, which may lead elsewhere.
        """
        plan = read_record(self.plan, Plan, RESTORE, FORMAT_VERSION)
        for folder in (self.path, self.logs):
            for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
                if entry.is_symlink():
                    help = "put the file or folder itself there"
                    raise RunFolderError("is a link, not a part of the sweep", help, path=entry)
        return plan

    def read_spec(self) -> str:
        """The spec's text, as it was.

        Raises:
            RunFolderError: The file is missing or damaged.
        """
        if (text := read_text(self.spec, RESTORE)) is None:
            raise RunFolderError("it is missing", RESTORE, path=self.spec)
        return text

    def read_history(self, point: Point) -> History:
        """The history of a point; an empty one before its first try has ended.

        Raises:
            RunFolderError: The file is damaged.
        """
        path = self.history(point)
        return read_record(path, History, "delete the file", FORMAT_VERSION) if path.exists() else History()

    def write_history(self, point: Point, history: History) -> None:
        """Writes the history of a point.

        Raises:
            OSError: The file can't be written.
        """
        write_record(self.history(point), history, FORMAT_VERSION)

    def read_results(self) -> Results | None:
        """The results; None before the sweep ended or was stopped for the first time.

        Raises:
            RunFolderError: The file is damaged.
        """
        if not self.results.exists():
            return None
        return read_record(self.results, Results, "delete the file; --resume writes it again", FORMAT_VERSION)

    def write_results(self, results: Results) -> None:
        """Writes the results.

        Raises:
            OSError: The file can't be written.
        """
        write_record(self.results, results, FORMAT_VERSION)

    @contextmanager
    def owned(self, notice: Callable[[str], None]) -> Generator[None]:
        """Makes the folder if it is missing, and owns it inside the block, as `spikegraph/runs/lock.py` does it for runs.

        Raises:
            RunFolderError: Another process owns it, or it can't be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunFolderError(f"can't be made: {error.strerror or error}", fix(error), path=self.path) from error
        with lock.owned(self.path, notice):
            yield
