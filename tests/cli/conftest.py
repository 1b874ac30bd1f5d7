import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from spikegraph.cli.entry import run
from spikegraph.sweep import task

from .small_spec import LIBRARY, SPEC

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def spikegraph(capsys, monkeypatch):
    """Runs a command in this process, in the checkout unless the test has changed the directory."""
    monkeypatch.chdir(ROOT)
    for name in ("NO_COLOR", "SPIKEGRAPH_DEBUG"):
        monkeypatch.setenv(name, "")

    def call(*arguments):
        capsys.readouterr()
        status = run([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Done(status, captured.out, captured.err)

    return call


@pytest.fixture
def python():
    """Runs Python code in a separate process and returns its output."""

    def call(code, *arguments, status=0):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
        assert done.returncode == status, done.stderr
        return done.stdout

    return call


@pytest.fixture
def train(spikegraph, tmp_path, monkeypatch, forks):
    """Runs a command whose runs act as told."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(task, "CHILD", "stub_child")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "tests" / "sweep")]))
    monkeypatch.setenv("ACTS", str(tmp_path / "acts.json"))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    (tmp_path / "net.sdhs").write_text(SPEC)
    (tmp_path / "library.sdhs").write_text(LIBRARY)
    (tmp_path / "data").mkdir()

    def call(*arguments, **acts):
        if acts:
            (tmp_path / "acts.json").write_text(json.dumps({name.replace("_", "-"): each for name, each in acts.items()}))
        return spikegraph(*arguments)

    return call
