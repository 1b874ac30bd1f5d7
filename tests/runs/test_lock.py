"""The lock of a run folder: one owner, named to others; free as soon as the owner is gone."""

import errno
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from spikegraph.base.errors import RunFolderError
from spikegraph.runs import lock
from spikegraph.runs.folder import RunFolder

ROOT = Path(__file__).parents[2]

OWNER = """
import os, sys, time
from pathlib import Path
from spikegraph.runs.lock import owned

with owned(Path(sys.argv[1]), print):
    if sys.argv[2] == "fork" and os.fork() == 0:
        time.sleep(60)
    print(os.getpid(), flush=True)
    time.sleep(60)
"""
ROUNDS = """
import sys
from contextlib import suppress
from pathlib import Path
from spikegraph.base.errors import RunFolderError
from spikegraph.runs.lock import owned

folder, inside = Path(sys.argv[1]), Path(sys.argv[1], "inside")
count = 0
while count < 200:
    try:
        with owned(folder, print):
            inside.open("x").close()  # fails if somebody else is inside
            inside.unlink()
            count += 1
    except RunFolderError as error:
        assert "is in use by" in error.summary, error
"""


def unexpected(text: str) -> None:
    pytest.fail(text)


@pytest.fixture
def owner(tmp_path: Path):
    """Starts a process that owns the folder; `fork` lets it have a child, as data loading does."""
    started: list[subprocess.Popen[str]] = []

    def start(child: str = "") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(tmp_path), child],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == f"{process.pid}\n"
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):  # a test has killed it, and it had no child
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_a_second_process_is_told_who_owns_the_folder(tmp_path: Path, owner: Any) -> None:
    first = owner()
    with pytest.raises(RunFolderError) as caught, lock.owned(tmp_path, unexpected):
        pass
    since = json.loads((tmp_path / ".lock").read_text())["started"]
    assert caught.value.summary == (
        f"{tmp_path} is in use by process {first.pid} on host {socket.gethostname()}, since {since}"
    )
    assert caught.value.help == "wait until it ends, or choose another folder with --out"
    assert caught.value.status == 3
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", since)


@pytest.mark.parametrize("child", ["", "fork"])
def test_a_killed_owner_leaves_nothing_locked(tmp_path: Path, owner: Any, child: str) -> None:
    """Not even while a process that it has forked lives on."""
    first = owner(child)
    first.kill()
    first.wait()
    assert (tmp_path / ".lock").exists()
    with lock.owned(tmp_path, unexpected):
        assert json.loads((tmp_path / ".lock").read_text())["pid"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_one_at_a_time(tmp_path: Path) -> None:
    """Owners that come and go: none comes in through the file that another one is removing."""
    command = [sys.executable, "-c", ROUNDS, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) for _ in range(3)]
    assert [(p.communicate()[1], p.returncode) for p in processes] == [("", 0)] * 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["link", "hard link", "pipe", "folder"])
def test_nothing_else_is_written_into(tmp_path: Path, kind: str) -> None:
    outside, run = tmp_path / "outside", tmp_path / "run"
    outside.write_text("mine")
    run.mkdir()
    path = run / ".lock"
    match kind:
        case "link":
            path.symlink_to(outside)
        case "hard link":
            path.hardlink_to(outside)
        case "pipe":
            os.mkfifo(path)
        case _:
            path.mkdir()
    with pytest.raises(RunFolderError) as caught, lock.owned(run, unexpected):
        pass
    problem = {"link": "can't be locked: Too many levels of symbolic links", "folder": "can't be locked: Is a directory"}
    assert caught.value.message == f"{path}: {problem.get(kind, 'is not a plain file')}"
    assert outside.read_text() == "mine"


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, None])
def test_without_locks_there_is_a_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int | None) -> None:
    """On a file system without locks, and on a system that has none."""

    def flock(descriptor: int, how: int) -> None:
        assert number is not None
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    if number is None:
        monkeypatch.setitem(sys.modules, "fcntl", None)
    told: list[str] = []
    with lock.owned(tmp_path, told.append):
        pass
    assert told == [f"note: there are no file locks for {tmp_path}; make sure that no other process writes into it"]


def test_a_folder_of_something_else_gets_no_lock(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(RunFolderError) as caught, RunFolder(tmp_path).owned(unexpected):
        pass
    assert caught.value.summary == f"{tmp_path} isn't empty and has no run"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
