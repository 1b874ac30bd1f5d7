"""Tasks that are killed, fail, or are stopped: what is tried again, and what is recorded. The processes are real."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spikegraph.base.errors import TrainError
from spikegraph.sweep.folder import SweepFolder
from spikegraph.sweep.local import LocalEngine
from spikegraph.sweep.resources import Slot
from spikegraph.sweep.run import run_sweep
from spikegraph.sweep.task import run_task

ROOT = Path(__file__).parents[2]
KILLED = "killed by signal 9 (SIGKILL)"


@pytest.fixture
def run(sweep):
    """Runs a sweep; returns what happened to each point, and its changes of state."""

    def call(jobs=2, retries=1, stopping=lambda: False, **acts):
        folder, tasks = sweep(**acts)
        changes = []
        found = run_sweep(
            folder,
            tasks,
            LocalEngine((Slot(1),) * jobs),
            retries,
            lambda task, state: changes.append((task.point.name, state.name)),
            stopping,
        )
        assert folder.read_results() == found
        return {r.point.name: (r.end, r.happened, r.status) for r in found.points}, changes

    return call


def test_a_killed_run_is_tried_again_and_a_wrong_one_is_not(run, tmp_path):
    found, changes = run(
        seed_0=["finish"],
        seed_1=["kill", "finish"],
        seed_2=["diverge"],
        seed_3=["wrong"],
        seed_4=["full", "memory"],
        seed_5=["exit", "nothing"],
        seed_6=["other"],
    )
    diverged = "retrain, epoch 1, step 2: the loss is 1e+15"
    full, memory = "metrics.jsonl: No space left on device", "out of memory at `stem`"
    assert found == {
        "seed-0": ("finished", "finished", 0),
        "seed-1": ("finished", f"finished after 1 retry: {KILLED}", 0),
        "seed-2": ("failed", f"failed: {diverged}", 3),
        "seed-3": ("failed", "failed: data.hdf5: it is cut off", 1),
        "seed-4": ("failed", f"failed after 1 retry: {memory}", 3),
        "seed-5": ("failed", "failed: ended with status 7, which its log may explain", 7),
        "seed-6": ("failed", "failed: run can't be resumed: 1 difference", 3),
    }
    assert [state for name, state in changes if name == "seed-1"] == ["running", "waiting", "running", "finished"]
    assert [state for name, state in changes if name == "seed-2"] == ["running", "failed"]
    history = json.loads((tmp_path / "logs" / "seed-4.json").read_text())
    assert [(t["status"], t["message"]) for t in history["tries"]] == [(3, full), (3, memory)]
    log = (tmp_path / "logs" / "seed-1.log").read_text().splitlines()
    assert [line for line in log if line.startswith("act")] == [f"act {act}, threads 1, gpu None" for act in ("kill", "finish")]
    assert log[0].endswith(f" spikegraph compile --train --out {tmp_path}/seed-1 --resume")


def test_retries_are_limited(run):
    found, _ = run(retries=2, seed_0=["kill", "kill", "kill", "finish"])
    assert found == {"seed-0": ("failed", f"failed after 2 retries: {KILLED}", -9)}
    found, _ = run(retries=0, seed_1=["kill", "finish"])
    assert found == {"seed-1": ("failed", f"failed: {KILLED}", -9)}


def test_what_is_complete_does_not_run_again(run, tmp_path):
    run(retries=0, seed_0=["finish"], seed_1=["kill", "finish"])
    found, changes = run(seed_0=["finish"], seed_1=["kill", "finish"])
    assert changes == [("seed-1", "running"), ("seed-1", "finished")]
    assert found["seed-1"] == ("finished", f"finished after 1 retry: {KILLED}", 0)
    assert (tmp_path / "seed-0.tries").read_text() == "x"


def test_an_error_of_the_engine_keeps_what_is_known(sweep):
    folder, tasks = sweep(seed_0=["finish"], seed_1=["wrong"], seed_2=["finish"])

    class Broken(LocalEngine):
        def run(self, tasks, on_change, retries, stopping):
            super().run(tasks[:2], on_change, retries, stopping)
            raise TrainError("the cluster is gone")

    with pytest.raises(TrainError, match="gone"):
        run_sweep(folder, tasks, Broken((Slot(1),)), 0, lambda *_: None)
    found = [(r.end, r.happened) for r in folder.read_results().points]
    assert found == [("finished", "finished"), ("failed", "failed: data.hdf5: it is cut off"), ("waiting", "not started")]


def test_each_slot_has_its_own_share(sweep, tmp_path):
    folder, tasks = sweep(seed_0=["finish"], seed_1=["finish"])
    run_sweep(folder, tasks, LocalEngine((Slot(3, "0"), Slot(3, "1"))), 0, lambda *_: None)
    logs = [(tmp_path / "logs" / f"seed-{k}.log").read_text() for k in (0, 1)]
    assert ["gpu 0" in logs[0], "gpu 1" in logs[1], "threads 3" in logs[0]] == [True, True, True]


def test_stopping_saves_what_runs_and_starts_nothing(run, tmp_path):
    stop = lambda: all((tmp_path / f"seed-{k}" / ".lock").exists() for k in (0, 1))  # noqa: E731
    found, _ = run(stopping=stop, seed_0=["wait", "finish"], seed_1=["wait", "finish"], seed_2=["finish"])
    assert found == {
        "seed-0": ("stopped", "stopped with the sweep", 143),
        "seed-1": ("stopped", "stopped with the sweep", 143),
        "seed-2": ("waiting", "not started", None),
    }
    assert [(tmp_path / f"seed-{k}" / "saved").exists() for k in (0, 1)] == [True, True]
    found, _ = run(seed_0=["wait", "finish"], seed_1=["wait", "finish"], seed_2=["finish"])
    assert found["seed-0"] == ("finished", "finished after 1 retry: stopped with the sweep", 0)


def test_a_second_interruption_ends_the_runs_by_force(run, tmp_path):
    begun = []

    def stopping():
        if not (tmp_path / "logs" / "seed-0.log").exists() or "act hang" not in (tmp_path / "logs" / "seed-0.log").read_text():
            return False
        if len(begun) == 3:
            raise KeyboardInterrupt
        begun.append(time.monotonic())
        return True

    with pytest.raises(KeyboardInterrupt):
        run(stopping=stopping, seed_0=["hang"])
    assert "act hang" in (tmp_path / "logs" / "seed-0.log").read_text()
    assert time.monotonic() - begun[0] < 50  # and not the minute that it hangs


COORDINATOR = """
import sys
from pathlib import Path
from spikegraph.sweep import task
from spikegraph.sweep.folder import Plan, SweepFolder
from spikegraph.sweep.points import Point
from spikegraph.sweep.run import tasks_of
task.CHILD = "stub_child"
point = Point("seed-0", 0)
folder = SweepFolder(Path(sys.argv[1]))
plan = Plan("net.sdhs", (point,), ("spikegraph",), "", "2026", 1, 1, 1, "cpu")
import os
print(task.run_task(tasks_of(folder, plan, folder.path)[0], {**os.environ, "OMP_NUM_THREADS": "1"}))
"""


def until(condition):
    while not condition():
        time.sleep(0.01)


def test_a_run_saves_itself_and_ends_if_its_parent_is_killed(sweep, tmp_path):
    """The next process waits until it has ended: it still owns its folder while it saves."""
    _, (task,) = sweep(seed_0=["wait", "finish"])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])}
    with subprocess.Popen([sys.executable, "-c", COORDINATOR, str(tmp_path)], env=environment) as coordinator:
        log = tmp_path / "logs" / "seed-0.log"
        until(lambda: (tmp_path / "seed-0" / ".lock").exists() and "act wait" in log.read_text())
        assert not (tmp_path / "seed-0" / "saved").exists()
        coordinator.kill()
    outcome = run_task(task, {**environment, "OMP_NUM_THREADS": "1"})
    assert (outcome.status, outcome.message, outcome.complete) == (0, "", True)
    assert (tmp_path / "seed-0" / "saved").exists()
    text = log.read_text()
    assert f"--- waiting: {tmp_path}/seed-0 is in use by process " in text
    assert text.index("act wait") < text.index("waiting:") < text.index("act finish")


def test_a_folder_that_can_not_be_locked_is_not_waited_for(run, tmp_path):
    (tmp_path / "seed-0" / ".lock").mkdir(parents=True)
    log = tmp_path / "logs" / "seed-0.log"
    found, _ = run(stopping=lambda: log.exists() and "waiting: " in log.read_text(), seed_0=["finish"], seed_1=["finish"])
    why = f"{tmp_path}/seed-0/.lock: can't be locked: Is a directory"
    assert found == {"seed-0": ("failed", f"failed: {why}", 3), "seed-1": ("finished", "finished", 0)}
    assert log.read_text() == f"--- {why}\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_exception_in_the_caller_ends_the_run_in_order(sweep, tmp_path, number):
    sweep(seed_0=["wait"])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])}
    with subprocess.Popen(
        [sys.executable, "-c", COORDINATOR, str(tmp_path)], env=environment, stderr=subprocess.DEVNULL
    ) as coordinator:
        until((tmp_path / "seed-0" / ".lock").exists)
        coordinator.send_signal(number)
    until(lambda: not (tmp_path / "seed-0" / ".lock").exists())
    assert (tmp_path / "seed-0" / "saved").exists()


def test_a_log_that_can_not_be_written_stops_nothing(run, tmp_path, capsys):
    (tmp_path / "logs" / "seed-0.log").mkdir(parents=True)
    found, _ = run(seed_0=["finish"])
    assert found["seed-0"] == ("finished", "finished", 0)
    assert f"note: {tmp_path}/logs/seed-0.log can't be written: Is a directory\n" in capsys.readouterr().err


def test_a_history_that_can_not_be_written_stops_nothing(sweep, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    folder, tasks = sweep(seed_0=["finish"])
    monkeypatch.setattr(SweepFolder, "write_history", full)
    told = []
    found = run_sweep(folder, tasks, LocalEngine((Slot(1),)), 0, lambda *_: None, notice=told.append)
    assert found.points[0].end == "finished"
    assert told == [f"note: {folder.path}/logs/seed-0.json can't be written: No space left on device"] * 2


def test_a_process_that_can_not_be_started_is_tried_again(run, monkeypatch):
    start, left = subprocess.Popen, [OSError(errno.EAGAIN, "Resource temporarily unavailable")]

    def refuse_once(*arguments, **options):
        if left:
            raise left.pop()
        return start(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", refuse_once)
    found, _ = run(seed_0=["finish"])
    assert found["seed-0"] == ("finished", "finished after 1 retry: can't be started: Resource temporarily unavailable", 0)


def test_a_defect_of_the_sweep_s_process_lets_the_runs_save(sweep, tmp_path):
    folder, tasks = sweep(seed_0=["wait"])

    def stopping():
        if (tmp_path / "seed-0" / ".lock").exists():
            raise ValueError("a defect")
        return False

    with pytest.raises(ValueError, match="a defect"):
        run_sweep(folder, tasks, LocalEngine((Slot(1),)), 0, lambda *_: None, stopping)
    assert (tmp_path / "seed-0" / "saved").exists()
