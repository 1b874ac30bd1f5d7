"""A point as a task: a process of its own that starts the run, or resumes what there is of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import IO, BinaryIO

from spikegraph.base.errors import FAILED, InUseError, RunFolderError
from spikegraph.runs import lock
from spikegraph.runs.folder import RunFolder
from spikegraph.sweep.points import Point

CHILD = "spikegraph.cli.child"
"""The module of the process: `spikegraph`, which ends with its parent and tells it of its failure."""

ENDED_FROM_OUTSIDE = (129, 130, 143)
"""Exit statuses of a run that saved itself after a signal."""

_PAUSE_S = 0.1
_LARGEST_REPORT = 1 << 16


@dataclass(frozen=True)
class Task:
    """A point, and how to run it. It can be pickled.

    Attributes:
        point: The point.
        run: The run's folder; relative paths start in `directory`.
        log: The file for what the process prints.
        directory: Its working directory.
        arguments: Those of `spikegraph` beside what every task has, such as `--plugin FILE.py`.
    """

    point: Point
    run: Path
    log: Path
    directory: Path
    arguments: tuple[str, ...] = ()

    @property
    def command(self) -> tuple[str, ...]:
        """The arguments of `spikegraph`: they start the run if it hasn't begun, and else resume it."""
        return ("compile", "--train", "--out", str(self.run), "--resume", *self.arguments)

    @property
    def complete(self) -> bool:
        """Whether the run is complete.

        Raises:
            RunFolderError: Its summary is damaged.
        """
        return RunFolder(self.directory / self.run).read_summary().complete


def is_complete(task: Task) -> bool:
    """Whether a task's run is complete; not if its summary is damaged, which the run itself reports."""
    try:
        return task.complete
    except RunFolderError:
        return False


@dataclass(frozen=True)
class Outcome:
    """How a try has ended.

    Attributes:
        status: Exit status; negative: the signal that killed it.
        message: The run's last error, on one line; empty if it finished.
        seconds: How long it took.
        complete: The run is complete.
        may_be_retried: Another try may succeed: the process was killed, the disk was full, or memory ran out. Not after wrong
            specs, data and usage, and not after a divergence.
    """

    status: int
    message: str
    seconds: float
    complete: bool
    may_be_retried: bool


@dataclass
class Stop:
    """Tells `run_task`, from another thread, to end the process.

    Attributes:
        asked: In an orderly way, so that it saves.
        at_once: By force.
    """

    asked: bool = False
    at_once: bool = False


def run_task(task: Task, environment: Mapping[str, str], stop: Stop | None = None) -> Outcome:
    """Runs a task in a process of its own and waits for it. What the process prints is appended to the task's log.

    Waits first while another process owns the run's folder: one whose parent was killed saves its run and ends by itself.
    If this process ends, however that happens, the task's process saves its run and ends too. An exception in this thread,
    such as `KeyboardInterrupt`, ends it in the same way before it is raised further.

    Args:
        task: The task.
        environment: All environment variables of the process.
        stop: Asks for an end.
    """
    stop = stop or Stop()
    begun = time.monotonic()
    with _Log(task.directory / task.log) as log:
        try:
            _wait_for_owner(task, log, stop)
        except RunFolderError as error:
            log.line(error.message)
            return Outcome(error.status, error.message, 0.0, False, False)
        if stop.asked:
            return Outcome(128 + signal.SIGTERM, "stopped before it began", 0.0, False, True)
        log.line(f"{datetime.now(UTC).isoformat(timespec='seconds')} spikegraph {' '.join(task.command)}")
        try:
            status, report = _run(task, environment, log, stop)
        except OSError as error:  # the system has no memory or no processes left
            return Outcome(FAILED, f"can't be started: {error.strerror or error}", 0.0, False, True)
    return _outcome(task, status, report, round(time.monotonic() - begun, 3))


def _run(task: Task, environment: Mapping[str, str], log: _Log, stop: Stop) -> tuple[int, _Report]:
    """The status of the task's process when it has ended, and what it said of its failure.

    Raises:
        OSError: It can't be started.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", CHILD, *task.command],
            cwd=task.directory,
            env=dict(environment),
            stdin=theirs.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the coordinator alone, which tells its processes
        )
        theirs.close()
        return _finished(process, log, stop), _report(ours)


def _finished(process: subprocess.Popen[bytes], log: _Log, stop: Stop) -> int:
    """Waits for the end of a process, and ends it if asked; returns its status."""
    assert process.stdout is not None
    copying = Thread(target=log.copy, args=(process.stdout,), daemon=True)
    copying.start()
    told = False
    try:
        while True:
            if stop.at_once:
                process.kill()
            elif stop.asked and not told:
                process.terminate()
                told = True
            try:
                status = process.wait(_PAUSE_S)
                break
            except subprocess.TimeoutExpired:
                continue
    except BaseException:
        process.terminate()
        process.wait()
        raise
    copying.join(_PAUSE_S * 50)  # what the process has started may hold the pipe open
    return status


def _wait_for_owner(task: Task, log: _Log, stop: Stop) -> None:
    """Waits while another process owns the folder of a task's run.

    Raises:
        RunFolderError: The folder can't be locked.
    """
    folder, told = task.directory / task.run, False
    while not stop.asked and (owner := _owner(folder)) is not None:
        if not told:
            log.line(f"waiting: {owner}")
            told = True
        time.sleep(_PAUSE_S)


def _owner(folder: Path) -> str | None:
    """What says that another process owns a folder; None if none does.

    Raises:
        RunFolderError: It can't be locked.
    """
    if not (folder / lock.NAME).exists():
        return None
    try:
        with lock.owned(folder, lambda _: None):
            return None
    except InUseError as error:
        return error.message


@dataclass(frozen=True)
class _Report:
    """What the process says of its failure."""

    message: str = ""
    may_be_retried: bool | None = None


def _report(ours: socket.socket) -> _Report:
    ours.setblocking(False)
    try:
        data = ours.recv(_LARGEST_REPORT)
    except (BlockingIOError, ConnectionResetError):
        return _Report()
    if not data:
        return _Report()
    found = json.loads(data)
    return _Report(found["message"], found["may_be_retried"])


def _outcome(task: Task, status: int, report: _Report, seconds: float) -> Outcome:
    try:
        complete = status == 0 and task.complete
    except RunFolderError as error:
        return Outcome(FAILED, error.message, seconds, False, False)
    if complete:
        return Outcome(status, "", seconds, True, False)
    if status < 0:
        return Outcome(status, f"killed by signal {-status} ({signal.Signals(-status).name})", seconds, False, True)
    if status in ENDED_FROM_OUTSIDE:
        number = signal.Signals(status - 128)
        return Outcome(status, f"ended by signal {number.value} ({number.name})", seconds, False, True)
    message = report.message or f"ended with status {status}, which its log may explain"
    again = status == FAILED if report.may_be_retried is None else report.may_be_retried
    return Outcome(status, message, seconds, False, again)


@dataclass
class _Log:
    """The log of a task. A log that can't be written never stops a run: the run's folder is what counts."""

    path: Path
    file: BinaryIO | None = field(default=None, init=False)

    def __enter__(self) -> _Log:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.file = os.fdopen(os.open(self.path, flags, 0o644), "ab", buffering=0)
        except OSError as error:
            self._failed(error)
        return self

    def __exit__(self, *_: object) -> None:
        if self.file is not None:
            self.file.close()

    def line(self, text: str) -> None:
        self.write(f"--- {text}\n".encode())

    def copy(self, source: IO[bytes]) -> None:
        with source:
            while data := os.read(source.fileno(), 1 << 16):
                self.write(data)

    def write(self, data: bytes) -> None:
        if self.file is None or self.file.closed:
            return
        try:
            self.file.write(data)
        except OSError as error:
            self._failed(error)
            self.file.close()

    def _failed(self, error: OSError) -> None:
        print(f"note: {self.path} can't be written: {error.strerror or error}", file=sys.stderr, flush=True)
