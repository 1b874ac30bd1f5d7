"""A process that runs commands of spikegraph in forks of itself, which kill themselves at a chosen moment.

It is a program: each line of its input is a request in JSON, each line of its output the answer. The first requests run in the
process itself, so that all that a run imports is there, and a run in a fork takes a second. The moments are counted by hooks
around the functions of the operating system; spikegraph knows nothing of them.
"""

import io
import json
import os
import resource
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

PLACES = {
    "time": "at a random time",
    "write": "within the writing of a file",
    "line": "within a line of the journal",
    "open": "before a file is opened",
    "os.rename": "before a file is renamed",
    "os.link": "before a file gets a second name",
    "os.remove": "before a file is removed",
    "os.mkdir": "before a folder is made",
    "sync": "before a folder is synced",
}
"""The moments at which a process can be killed."""


def die() -> None:
    """Kills this process as the system does when memory runs out: nothing is flushed, nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait()


class Hooks:
    """Counts the moments of each kind in a run's folder, and kills the process at one of them.

    Attributes:
        counts: The number of moments so far.
    """

    def __init__(self, folder: Path, place: str, number: int, share: float, error: int = 0) -> None:
        """Plans the kill.

        Args:
            folder: The run's folder.
            place: A key of `PLACES`.
            number: Which moment of this kind, from 1; 0 for none.
            share: The part of a file or a line that is written before, 0 to 1; for `time`, seconds from the start.
            error: The number of the system's error to raise instead of the kill; 0 for the kill.
        """
        self.folder, self.place, self.number, self.share, self.error = folder, place, number, share, error
        self.counts: Counter[str] = Counter()

    def install(self) -> None:
        """Starts to count; there is no way back, so call it in a fork."""
        sys.addaudithook(self._heard)
        sync, opened = os.fsync, io.open

        def fsync(descriptor: int) -> None:
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            if path.is_dir():
                self._reached("sync", path, named=False)
            elif path.name != "metrics.jsonl" and self._is_now("write", path):
                os.ftruncate(descriptor, int(self.share * os.fstat(descriptor).st_size))
                self._end()
            sync(descriptor)

        def open_(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
            found = opened(file, mode, *rest, **named)
            if "a" in mode and str(file).endswith("metrics.jsonl"):
                found.write = self._cutting(found)
            return found

        os.fsync, io.open = fsync, open_
        if self.place == "limit":
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.number, resource.RLIM_INFINITY))
        if self.place == "time" and self.number:
            threading.Thread(target=lambda: (time.sleep(self.share), die()), daemon=True).start()

    def _cutting(self, file: Any) -> Any:
        write = file.write

        def cut(text: str) -> int:
            if self._is_now("line", self.folder):
                write(text[: int(self.share * len(text))])
                file.flush()
                self._end()
            return write(text)

        return cut

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, str) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self._reached(event, Path(path))
        elif event in ("os.rename", "os.link", "os.remove", "os.mkdir"):
            self._reached(event, Path(arguments[0]))

    def _reached(self, place: str, path: Path, *, named: bool = True) -> None:
        if self._is_now(place, path):
            self._end(path if named else None)

    def _end(self, path: Path | None = None) -> None:
        """Kills the process, or raises what the system would raise: with a path, unless a file's number was given."""
        if not self.error:
            die()
        raise OSError(self.error, os.strerror(self.error), *([] if path is None else [str(path)]))

    def _is_now(self, place: str, path: Path) -> bool:
        if not path.absolute().is_relative_to(self.folder):
            return False
        self.counts[place] += 1
        return place == self.place and self.counts[place] == self.number


def run(request: dict[str, Any]) -> int:
    """Runs a command in a fork, or here; returns its exit status, or minus the signal that killed it."""
    if not request["fork"]:
        return _run(request)
    process = os.fork()
    if process == 0:
        status = 70
        try:
            status = _run_watched(request)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _run_watched(request: dict[str, Any]) -> int:
    folder = Path(request["directory"])
    hooks = Hooks(folder / "run", request["place"], request["number"], request["share"], request["error"])
    hooks.install()
    started = time.monotonic()
    status = _run(request)
    counts = {**hooks.counts, "time": time.monotonic() - started}
    (folder / "counts.json").write_text(json.dumps(counts), encoding="utf-8")
    return status


def _run(request: dict[str, Any]) -> int:
    from spikegraph.cli.entry import run as run_command

    os.chdir(request["directory"])
    output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    status = run_command(request["arguments"])
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def main() -> None:
    """Answers requests until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what imports print is no answer
    import torch

    torch.set_num_threads(1)

    for line in sys.stdin:
        answers.write(json.dumps(run(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
