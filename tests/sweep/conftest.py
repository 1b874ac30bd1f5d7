import json
import os
from pathlib import Path

import pytest

from spikegraph.sweep import task
from spikegraph.sweep.folder import Plan, SweepFolder
from spikegraph.sweep.points import Point
from spikegraph.sweep.run import tasks_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sweep(tmp_path, monkeypatch, forks):
    """Makes a sweep whose runs act as told: the acts of each point by name."""
    monkeypatch.setattr(task, "CHILD", "stub_child")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(Path(__file__).parent)]))
    monkeypatch.setenv("ACTS", str(tmp_path / "acts.json"))

    def make(**acts):
        names = {name.replace("_", "-"): each for name, each in acts.items()}
        (tmp_path / "acts.json").write_text(json.dumps(names))
        folder = SweepFolder(tmp_path)
        folder.logs.mkdir(exist_ok=True)
        points = tuple(Point(name, int(name.split("-")[1])) for name in names)
        plan = Plan("net.sdhs", points, ("spikegraph",), str(tmp_path), "2026", 1, 1, 1, "cpu")
        return folder, tasks_of(folder, plan, tmp_path)

    return make
