"""What the engine makes of what the process that talks to Ray says; the process is a stub, so ray isn't needed."""

import os
from dataclasses import asdict
from pathlib import Path

import pytest

from spikegraph.base.errors import TrainError
from spikegraph.sweep import ray_engine
from spikegraph.sweep.ray_engine import RayEngine
from spikegraph.sweep.ray_task import read_tries, record, tries_file
from spikegraph.sweep.run import run_sweep
from spikegraph.sweep.task import Outcome

ROOT = Path(__file__).parents[2]
LOST = "lost with its process or node (a)"


@pytest.fixture
def run(sweep, tmp_path, monkeypatch):
    """Runs two or more seeds with a stub that acts as told; returns each change, and the results."""
    monkeypatch.setattr(ray_engine, "DRIVER", "stub_ray_driver")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(Path(__file__).parent)]))

    def call(acts, stopping=lambda: False):
        monkeypatch.setenv("RAY_ACTS", acts)
        names = [f"seed_{k}" for k in range(3 if acts == "fld" else 2)]
        folder, tasks = sweep(**{name: ["finish"] for name in names})
        engine = RayEngine("head:6379", {}, 1, 0, folder.logs, "spikegraph again")
        changes = []

        def changed(task, state):
            changes.append((task.point.name, state.name, *(o.message for o in state.outcomes)))

        return changes, run_sweep(folder, tasks, engine, 2, changed, stopping)

    return call


def of(changes, name):
    return [change[1:] for change in changes if change[0] == name]


def test_tries(run):
    changes, found = run("fld")
    assert of(changes, "seed-0") == [("running",), ("finished", "")]
    assert of(changes, "seed-1") == [("running",), ("waiting", LOST), ("running", LOST), ("finished", LOST, "")]
    assert of(changes, "seed-2") == [("running",), ("failed", "it diverged")]
    assert [(r.end, r.tries, r.happened) for r in found.points] == [
        ("finished", 1, "finished"),
        ("finished", 2, f"finished after 1 retry: {LOST}"),
        ("failed", 1, "failed: it diverged"),
    ]


def test_a_run_that_no_node_takes(run):
    changes, found = run("fn")
    assert of(changes, "seed-1") == [("failed", "lost with its process or node: the node is dead")]
    assert [r.end for r in found.points] == ["finished", "failed"]


def test_a_cluster_that_does_not_answer(run, monkeypatch):
    monkeypatch.setattr(ray_engine, "_TO_CONNECT_S", 0.1)
    with pytest.raises(TrainError) as error:
        run("silent")
    assert error.value.summary == "no Ray cluster answers at head:6379"


def test_a_node_that_does_not_see_the_storage(run):
    with pytest.raises(TrainError) as error:
        run("refuse")
    assert (error.value.summary, error.value.help) == ("the node b doesn't see /data", "share it")


def test_a_cluster_that_is_lost(run, tmp_path):
    with pytest.raises(TrainError) as error:
        run("die")
    log = tmp_path / "logs" / "ray.log"
    assert error.value.summary == f"the Ray cluster at head:6379 was lost; {log} may say why"
    assert error.value.help == "continue with `spikegraph again`"
    assert not list((tmp_path / "logs").glob(".ray-*"))


def test_a_sweep_that_is_stopped(run):
    asked = iter([False, False])
    _, found = run("wait", lambda: next(asked, True))
    assert [(r.end, r.tries) for r in found.points] == [("stopped", 1), ("waiting", 0)]  # no node took the second


def test_a_line_that_is_not_whole_yet(sweep):
    _, (task,) = sweep(seed_0=["finish"])
    record(task, "1", {"host": "a"})
    with tries_file(task).open("a") as file:
        file.write('{"try": "2", "ho')
    assert [(t.host, t.outcome) for t in read_tries(task)] == [("a", None)]


def test_starts_that_could_not_be_written(sweep):
    """As on a disk that was full for a while: one is missing, another one was cut off, and the next line stands behind it."""
    _, (task,) = sweep(seed_0=["finish"])
    ended = asdict(Outcome(0, "", 1.0, complete=True, may_be_retried=False))
    record(task, "1", ended)
    with tries_file(task).open("a") as file:
        file.write('{"try": "2", "ho')
    record(task, "2", ended)
    record(task, "3", {"host": "c"})
    assert [(t.host, t.ended.status) for t in read_tries(task)] == [("unknown", 0), ("c", -9)]
