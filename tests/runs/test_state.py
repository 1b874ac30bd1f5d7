"""The states of runs, with processes that really run, are really killed and really fail."""

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from spikegraph.base.errors import DivergedError, Interrupted, RunFolderError
from spikegraph.runs import lock
from spikegraph.runs.ended import described, recorded_end
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.journal import last_entry, read_epochs, read_journal
from spikegraph.runs.lock_file import lock_of
from spikegraph.runs.state import read_state

ROOT = Path(__file__).parents[2]
OWNER = """
import os, sys, time
from pathlib import Path
from spikegraph.runs.ended import recorded_end
from spikegraph.runs.lock import owned

with owned(Path(sys.argv[1]), print), recorded_end(Path(sys.argv[1])):
    print(os.getpid(), flush=True)
    exec(sys.stdin.readline())
"""


@pytest.fixture
def folder(tmp_path, manifest):
    path = tmp_path / "run"
    path.mkdir()
    (path / "manifest.json").write_text(json.dumps(manifest))
    return path


@pytest.fixture
def owner(folder):
    """A process that owns the run and then runs a line of code."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", OWNER, str(folder)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == f"{process.pid}\n"
    yield process
    process.kill()
    process.communicate()


def state(folder):
    return read_state(folder)[1]


def test_a_run_that_goes_on(folder, owner):
    found = state(folder)
    assert (found.name, found.reason) == ("running", "")
    assert found.owner is not None
    assert (found.owner.pid, found.owner.host) == (owner.pid, socket.gethostname())
    with pytest.raises(RunFolderError, match=f"is in use by process {owner.pid} on host"), lock.owned(folder, print):
        pass


def test_a_killed_run_is_lost(folder, owner):
    owner.kill()
    owner.wait()
    found = state(folder)
    assert (found.name, found.reason) == ("lost", f"killed: process {owner.pid} is gone and recorded no end")


def test_a_failed_run_has_a_reason(folder, owner):
    owner.communicate("raise OSError(28, 'No space left', 'x.bin')\n")
    assert (state(folder).name, state(folder).reason) == ("failed", "x.bin: No space left")
    assert not (folder / ".lock").exists()


def test_a_run_killed_on_another_host(folder):
    (folder / ".lock").write_text(json.dumps({"pid": 7, "host": "node3", "started": "2026"}))
    assert state(folder).name == "lost"
    assert state(folder).reason == (
        "process 7 on host node3 was killed, or runs there and this file system doesn't share locks"
    )


def test_without_locks_nobody_knows(folder, monkeypatch):
    def flock(descriptor, how):
        raise OSError(errno.ENOLCK, "No locks available")

    (folder / ".lock").touch()
    monkeypatch.setattr(fcntl, "flock", flock)
    assert state(folder).reason == "there are no file locks here, so it isn't known whether a process has it"


def test_a_finished_run_is_finished_whoever_has_it(folder, owner):
    (folder / "summary.json").write_text(json.dumps({"format_version": 1, "complete": True}))
    assert state(folder).name == "finished"


def test_a_look_at_the_lock_does_not_stop_a_run_that_starts(folder):
    """Somebody who looks holds the lock for a moment together with other lookers."""
    looker = (folder / ".lock").open("w")
    fcntl.flock(looker, fcntl.LOCK_SH)
    assert lock_of(folder).held is False
    start = lock._acquire
    released = []

    def release(seconds):
        released.append(seconds)
        fcntl.flock(looker, fcntl.LOCK_UN)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lock.time, "sleep", release)
        descriptor = start(folder / ".lock")
    assert len(released) == 1
    os.close(descriptor)
    looker.close()


@pytest.mark.parametrize(
    ("error", "how", "reason", "status"),
    [
        (DivergedError("the loss is\nnan", "smaller"), "failed", "the loss is nan", 3),
        (RunFolderError("no space", path=Path("a\udcff")), "failed", "a\\udcff: no space", 3),
        (ValueError("odd\x1b"), "failed", "ValueError: odd\x1b", 3),
        (Interrupted("here", signal.SIGTERM), "stopped", "by SIGTERM, the run is saved", 143),
        (Interrupted(None), "stopped", "by SIGINT", 130),
        (KeyboardInterrupt(), "stopped", "by a second signal", 130),
    ],
)
def test_how_a_run_ended(folder, error, how, reason, status):
    with pytest.raises(type(error)), recorded_end(folder):
        raise error
    found = RunFolder(folder).read_ended()
    assert found is not None
    assert (found.how, found.reason.replace("\\xff", "\\udcff"), found.status) == (how, reason, status)
    assert state(folder).name == how
    with recorded_end(folder):
        assert not (folder / "ended.json").exists()
    assert not (folder / "ended.json").exists()
    assert described(error).how == how


def test_a_full_disk_hides_no_error(folder, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("spikegraph.runs.ended.write_record", full)
    with pytest.raises(ValueError, match="odd"), recorded_end(folder):
        raise ValueError("odd")
    assert state(folder).name == "lost"


def test_a_damaged_record_is_named(folder):
    (folder / "ended.json").write_text('{"format_version": 1, "how": "bored"}')
    with pytest.raises(RunFolderError) as caught:
        state(folder)
    assert caught.value.message == f"{folder}/ended.json: `how` should be 'failed' or 'stopped'"


def line(**more):
    return json.dumps(
        {"time": 1.0, "event": "epoch", "phase": "search", "epoch": 1, "step": 4, "losses": {"loss": 0.5}, **more}
    )


@pytest.mark.parametrize("length", [1, 20_000, 300_000])
def test_the_last_line_of_a_journal(tmp_path, length):
    """Whatever its length, and although another one is being written."""
    path = tmp_path / "metrics.jsonl"
    assert last_entry(path) is None
    path.write_text(line())
    assert last_entry(path) is None
    path.write_text(line(epoch=2) + "\n" + line(epoch=3, losses={"x" * length: 1.0}) + "\n" + line()[:-9])
    found = last_entry(path)
    assert found == read_journal(path)[-1]
    assert found is not None
    assert found.epoch == 3


def test_epochs_are_read_without_steps(tmp_path):
    path = tmp_path / "metrics.jsonl"
    step = json.dumps({"time": 1.0, "event": "step", "phase": "search", "epoch": 1, "step": 4, "lr": 0.1, "losses": {}})
    alpha = {"architecture": {"a.alpha": [[0.5, 1.0]]}, "metrics": {"m": 2.0}}
    path.write_text("\n".join([step, line(**alpha), step, line(epoch=2).replace(": ", ":"), ""]))
    assert [(e.epoch, e.losses, e.metrics) for e in read_epochs(path)] == [
        (1, {"loss": 0.5}, {"m": 2.0}),
        (2, {"loss": 0.5}, {}),
    ]
    path.write_text(line() + ", " + line() + "\n")
    with pytest.raises(RunFolderError, match="line 1: not valid JSON"):
        read_epochs(path)
    path.write_text(line() + "\n" + line(epoch=0) + "\n")
    with pytest.raises(RunFolderError, match="line 2: `epoch` should be greater than 0"):
        read_epochs(path)
