"""Tools that train and write, below the folder that `--allow-train` names, and nowhere else."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikegraph.agents.files import Files
from spikegraph.agents.given import CHANGES, SPEC, Given
from spikegraph.agents.tool import Answer, Arguments, Parameter, Tool, ToolError
from spikegraph.base.errors import RunFolderError
from spikegraph.base.files import write_whole
from spikegraph.base.resources import SUFFIX
from spikegraph.runs.record import read_run

LINES = 20
"""Lines of the log that an answer has."""

_WAIT = 30
_LONGEST_WAIT = 600
_MOST_ENTRIES = 200_000
_OUT = Parameter("out", "string", "The run's folder below the folder for training, such as `first`.", needed=True)
_RUN = {"out": "string", "state": "string", "status": "integer|null", "metrics": "object", "log": "string"}


class Trainings:
    """The trainings of a server, each a process, by the run's folder."""

    def __init__(self, files: Files, writable: Files) -> None:
        self.files, self.writable = files, writable
        self.processes: dict[Path, subprocess.Popen[bytes]] = {}

    def save(self, arguments: Arguments) -> Answer:
        """Writes a text as a file."""
        name = str(arguments["name"])
        path = self.writable.inside(name)
        if path.suffix != SUFFIX:
            raise ToolError(f"`{name}` isn't the name of a spec", f"use a name that ends in `{SUFFIX}`")
        if path.exists() and not arguments.get("replace", False):
            raise ToolError(f"there is a file `{name}`", "give another name, or `replace`")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, str(arguments["text"]))
        return Answer(f"wrote {path}", {"path": str(path)})

    def train(self, arguments: Arguments) -> Answer:
        """Starts a training of a sound spec."""
        name, given = str(arguments["out"]), Given.of(self.files, arguments)
        out = self.writable.inside(name)
        if out == self.writable.root or out.suffix == SUFFIX:
            raise ToolError(f"`{name}` isn't the name of a run's folder", "give a new folder, such as `first`")
        spec = out.with_name(f"{out.name}{SUFFIX}")
        if out.exists() or spec.exists():
            raise ToolError(
                f"there is a run or a spec `{name}`", "give the name of a new folder; `training` tells how a run is"
            )
        with given.reading():
            text = given.program().text
        data = None if arguments.get("data") is None else self.files.inside(str(arguments["data"]))
        if data is not None and not data.is_dir():
            raise ToolError(f"there is no folder `{arguments['data']}`", f"paths are relative to the root, `{self.files.root}`")
        for folder, of in ((spec.parent, self.writable), *(() if data is None else ((data, self.files),))):
            _refuse_links(folder, of)
        spec.parent.mkdir(parents=True, exist_ok=True)
        write_whole(spec, text)  # with its imports in their place, so that the training reads no other spec
        options = ["--seed", str(arguments.get("seed", 0)), *([] if data is None else ["--data", str(data)])]
        self._start(out, ["compile", str(spec), "--train", "--out", str(out), "--color", "never", *options])
        return self._state(out, 0)

    def training(self, arguments: Arguments) -> Answer:
        """How a training is."""
        out = self.writable.inside(str(arguments["out"]))
        if out not in self.processes and not out.is_dir():
            raise ToolError(f"there is no run `{arguments['out']}`", "`train` starts one")
        return self._state(out, min(int(arguments.get("wait", _WAIT)), _LONGEST_WAIT))

    def stop(self) -> None:
        """Ends all trainings, which keep what they have."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait()

    def _start(self, out: Path, command: list[str]) -> None:
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.writable.root / ".cache"), "PYTHONSAFEPATH": "1"}
        with _log(out).open("wb") as log:
            self.processes[out] = subprocess.Popen(
                [sys.executable, "-P", "-m", "spikegraph", *command],
                cwd=self.writable.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _state(self, out: Path, wait: int) -> Answer:
        process = self.processes.get(out)
        ends = time.monotonic() + wait
        while process is not None and process.poll() is None and time.monotonic() < ends:
            time.sleep(0.1)
        status = None if process is None else process.poll()
        record = _record(out)
        if process is not None:
            state = "running" if status is None else "finished" if status == 0 else "failed"
        else:
            state = "finished" if record["complete"] else "stopped"
        log = (
            "\n".join(_log(out).read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:])
            if _log(out).exists()
            else ""
        )
        metrics = record["metrics"]
        name = out.relative_to(self.writable.root).as_posix()
        head = f"{name}: {state}" + ("" if status in (None, 0) else f" with status {status}")
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
    training_doc = "How a training is: running, finished or failed, its metrics, the last lines of its log."
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
        Tool("save", save_doc, save, {"path": "string"}, trainings.save, writes=True),
        Tool("train", train_doc, (*SPEC, *CHANGES, *more), _RUN, trainings.train, writes=True),
        Tool("training", training_doc, (_OUT, wait), _RUN, trainings.training, waits=True),
    )


def _refuse_links(folder: Path, files: Files) -> None:
    """Refuses a folder of data with a link that leads out, since trainings follow links.

    Raises:
        ToolError: There is one, or the folder has too many entries to look at.
    """
    seen = 0
    for top, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path, seen = Path(top, name), seen + 1
            if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(files.root):
                raise ToolError(f"`{files.shown(str(path))}` is a link that leads out of `{files.root}`", "take it away")
        if seen > _MOST_ENTRIES:
            raise ToolError(f"`{folder}` has more than {_MOST_ENTRIES:,} entries", "train on it from the command line")


def _log(out: Path) -> Path:
    return out.with_name(f"{out.name}.log")


def _record(out: Path) -> Mapping[str, Any]:
    """What is known of a run: whether it is complete, and its metrics; nothing before it has written them."""
    try:
        found = read_run(out)
    except (RunFolderError, OSError):
        return {"complete": False, "metrics": {}}
    return {"complete": found.complete, "metrics": {name: float(value) for name, value in found.metrics.items()}}
