"""Tools that train and write, below the folder that `--allow-train` names, and nowhere else."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from spikegraph.agents.files import Files
from spikegraph.agents.given import CHANGES, SPEC, Given
from spikegraph.agents.tool import Answer, Arguments, Parameter, Tool, ToolError
from spikegraph.base.files import write_whole
from spikegraph.base.resources import SUFFIX
from spikegraph.dsl.override_texts import without_dots
from spikegraph.plugins.local_files import loaded_files
from spikegraph.program.program import Program
from spikegraph.program.sample_profile import data_folder, with_sample
from spikegraph.runs.own_files import refuse_own_file
from spikegraph.runs.record import read_run
from spikegraph.runs.state import read_state

LINES = 20
"""Lines of the log that an answer has."""

_CHILD = "spikegraph.cli.child"  # `spikegraph` that ends with its parent, by the socket that is its standard input
_WAIT = 30
_PAUSE = 0.1
_LONGEST_WAIT = 600
_MOST_ENTRIES = 200_000
_OUT = Parameter("out", "string", "The run's folder below the folder for training, such as `first`.", needed=True)
_RUN = {"out": "string", "state": "string", "status": "integer|null", "metrics": "object", "log": "string"}


class Trainings:
    """The trainings of a server, each a process, by the run's folder."""

    def __init__(self, files: Files, writable: Files) -> None:
        self.files, self.writable = files, writable
        self.processes: dict[Path, subprocess.Popen[bytes]] = {}
        self._parents: list[socket.socket] = []  # a training ends when its socket is closed, also by the end of this process
        self._cache: Path | None = None

    def save(self, arguments: Arguments) -> Answer:
        """Writes a text as a file."""
        name = str(arguments["name"])
        path = self.writable.inside(name)
        if path.suffix != SUFFIX:
            raise ToolError(f"`{name}` isn't the name of a spec", f"use a name that ends in `{SUFFIX}`")
        if Path(os.path.realpath(path)) in map(_spec, self.processes):  # it may not have been read yet
            raise ToolError(f"`{name}` is the spec of a training", "give another name")
        if path.exists() and not arguments.get("replace", False):
            raise ToolError(f"there is a file `{name}`", "give another name, or `replace`")
        refuse_own_file(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, str(arguments["text"]))
        return Answer(f"wrote {path}", {"path": str(path)})

    def train(self, arguments: Arguments) -> Answer:
        """Starts a training of a sound spec."""
        name, given = str(arguments["out"]), Given.of(self.files, arguments)
        out = self._folder(name)
        spec = _spec(out)
        help = "give the name of a new folder; `training` tells how a run is"
        for path, what in ((out, "run or a spec"), (spec, "run or a spec"), (_log(out), "log")):
            if os.path.lexists(path):
                raise ToolError(f"there is a {what} `{name}`", help)
        data = None if arguments.get("data") is None else self.files.inside(str(arguments["data"]))
        if data is not None and not data.is_dir():
            raise ToolError(f"there is no folder `{arguments['data']}`", f"paths are relative to the root, `{self.files.root}`")
        with given.reading():
            program, notice = with_sample(given.program(), data)
            text = program.text
        data = self._data(program, data)
        for folder, of in ((self.writable.root, self.writable), *(() if data is None else ((data, self.files),))):
            _refuse_links(folder, of)
        spec.parent.mkdir(parents=True, exist_ok=True)
        write_whole(spec, text)  # with its imports in their place, so that the training reads no other spec
        options = ["--seed", str(arguments.get("seed", 0)), *([] if data is None else ["--data", str(data)])]
        # The text has them already; without them the training would apply `sample` to it once more.
        options += [] if program.profile is None else ["--profile", program.profile]
        options += [word for value in without_dots(program.overrides, program.source.imports) for word in ("--set", value)]
        plugins = [word for path in loaded_files() for word in ("--plugin", str(path))]
        command = ["compile", str(spec), "--train", *plugins, "--out", str(out), "--color", "never", *options]
        self._start(out, command, "" if notice is None else f"{notice}\n")
        return self._state(out, 0)

    def training(self, arguments: Arguments) -> Answer:
        """How a training is."""
        out = self._folder(str(arguments["out"]))
        if out not in self.processes:
            if not out.is_dir():
                raise ToolError(f"there is no run `{arguments['out']}`", "`train` starts one")
            _refuse_links(out, self.writable)
        return self._state(out, min(int(arguments.get("wait", _WAIT)), _LONGEST_WAIT))

    def stop(self) -> None:
        """Ends all trainings, which keep what they have."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait()
        for parent in self._parents:
            parent.close()
        if self._cache is not None:
            shutil.rmtree(self._cache, ignore_errors=True)
            self._cache = None

    def _folder(self, name: str) -> Path:
        """The real path of a run's folder; it needn't exist.

        Raises:
            ToolError: It is none, or it or its log is outside of the folder for training.
        """
        out = Path(os.path.realpath(self.writable.inside(name)))
        if out == self.writable.root or out.suffix == SUFFIX:
            raise ToolError(f"`{name}` isn't the name of a run's folder", "give a new folder, such as `first`")
        self.writable.inside(_log(out).relative_to(self.writable.root).as_posix())
        return out

    def _data(self, program: Program, given: Path | None) -> Path | None:
        """The folder of a program's data: the given one, or that which its data set names, as the spec is written elsewhere.

        Raises:
            ToolError: The data set names a folder that isn't there, or is outside of the root.
        """
        named = data_folder(program, given)
        if given is not None or named is None:
            return given
        folder = self.files.inside(os.path.realpath(named))
        if not folder.is_dir():
            raise ToolError(f"there is no folder `{self.files.shown(str(folder))}`, which the data set names", "give `data`")
        return folder

    def _start(self, out: Path, command: list[str], notice: str) -> None:
        if self._cache is None:  # of this server alone: what lies in the folder already isn't loaded
            self._cache = Path(tempfile.mkdtemp(prefix=".cache-", dir=self.writable.root))
        caches = dict.fromkeys(("XDG_CACHE_HOME", "TMPDIR", "TRITON_CACHE_DIR"), str(self._cache))
        ours, theirs = socket.socketpair()
        self._parents.append(ours)
        with theirs, _log(out).open("xb", buffering=0) as log:
            log.write(notice.encode())
            self.processes[out] = subprocess.Popen(
                [sys.executable, "-P", "-m", _CHILD, *command],
                cwd=self.writable.root,
                env={**os.environ, **caches, "PYTHONSAFEPATH": "1"},
                stdin=theirs.fileno(),
                stdout=log,
                stderr=log,
            )

    def _state(self, out: Path, wait: int) -> Answer:
        process = self.processes.get(out)
        ends = time.monotonic() + wait
        while time.monotonic() < ends and _runs(out, process):
            time.sleep(_PAUSE)
        status = None if process is None else process.poll()
        if process is None:
            run, found = read_state(out)
            state, reason = found.name, f" ({found.reason})" if found.reason else ""
        else:  # until it has written its manifest, there is no run to read
            run = read_run(out) if (out / "manifest.json").exists() else None
            state = "running" if status is None else "finished" if status == 0 else "failed"
            reason = "" if status in (None, 0) else f" with status {status}"
        log = (
            "\n".join(_log(out).read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:])
            if _log(out).exists()
            else ""
        )
        metrics = {} if run is None else {metric: float(value) for metric, value in run.metrics.items()}
        name = out.relative_to(self.writable.root).as_posix()
        head = f"{name}: {state}{reason}"
        told = ", ".join(f"{metric} {value:.6g}" for metric, value in metrics.items())
        data = {"out": name, "state": state, "status": status, "metrics": metrics, "log": log}
        return Answer("\n".join(part for part in (head, told, log) if part), data)


def tools(trainings: Trainings) -> tuple[Tool, ...]:
    """The tools that train and write."""
    save_doc = "Save a spec as a file below the folder for training."
    train_doc = (
        "Start a training of a spec: its search, if it has one, then the retraining and the evaluation. It runs beside other "
        "calls; `training` tells how it is. Without `data` it trains on data of the package, those of its profile `sample`."
    )
    training_doc = (
        "How a training is, also one that another process started: running, finished, failed, stopped, or lost with its "
        "process; its metrics, the last lines of its log."
    )
    save = (
        Parameter("text", "string", "The spec.", needed=True),
        Parameter("name", "string", f"Its file below the folder for training; ends in `{SUFFIX}`.", needed=True),
        Parameter("replace", "boolean", "Replace a file of this name."),
    )
    more = (
        _OUT,
        Parameter("data", "string", "A folder with the data set, below the server's root."),
        Parameter("seed", "integer", "The seed. Default: 0.", least=0),
    )
    wait = Parameter(
        "wait", "integer", f"Wait so many seconds for its end, at most {_LONGEST_WAIT}. Default: {_WAIT}.", least=0
    )
    return (
        Tool("save", save_doc, save, {"path": "string"}, trainings.save, writes=True, replaces=True),
        Tool("train", train_doc, (*SPEC, *CHANGES, *more), _RUN, trainings.train, writes=True),
        Tool("training", training_doc, (_OUT, wait), _RUN, trainings.training, waits=True),
    )


def _refuse_links(folder: Path, files: Files) -> None:
    """Refuses a folder with a link that leads out or to a folder, in which others may lead out: trainings follow links.

    Raises:
        ToolError: There is such a link, or the folder has too many entries to look at.
    """
    seen = 0
    for top, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path, seen = Path(top, name), seen + 1
            if not path.is_symlink():
                continue
            shown = files.shown(str(path))
            if not Path(os.path.realpath(path)).is_relative_to(files.root):
                raise ToolError(f"`{shown}` is a link that leads out of `{files.root}`", "take it away")
            if path.is_dir():
                raise ToolError(f"`{shown}` is a link to a folder", "put the folder in its place")
        if seen > _MOST_ENTRIES:
            raise ToolError(f"`{folder}` has more than {_MOST_ENTRIES:,} entries", "train on it from the command line")


def _spec(out: Path) -> Path:
    return out.with_name(f"{out.name}{SUFFIX}")


def _log(out: Path) -> Path:
    return out.with_name(f"{out.name}.log")


def _runs(out: Path, process: subprocess.Popen[bytes] | None) -> bool:
    """Whether a run goes on: in a process of this server, or in another one.

    Raises:
        RunFolderError: It isn't a process of this server, and the run can't be read.
    """
    return read_state(out)[1].name == "running" if process is None else process.poll() is None
