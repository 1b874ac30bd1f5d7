import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from spikegraph.cli.entry import run

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
