"""Run folders work without torch, and `show` also without numpy."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

IMPORT_ALL = """
import pkgutil
from importlib import import_module
import spikegraph.runs

for module in pkgutil.iter_modules(spikegraph.runs.__path__, "spikegraph.runs."):
    arrays = module.name.rpartition(".")[2] in ("examples", "rasters", "array_file")
    if sys.modules.get("numpy", True) is not None or not arrays:
        import_module(module.name)
"""
COMMAND = """
from spikegraph.cli.entry import run

sys.exit(run(sys.argv[1:]))
"""
JOURNAL = (
    '{"time": 1.0, "event": "epoch", "phase": "search", "epoch": 1, "step": 4, "losses": {"loss": 0.5}, '
    '"architecture": {"small.alpha": [[0.5, 0.25]]}}\n'
)


def call(code, without, *arguments):
    hidden = f"import sys\nsys.modules.update(dict.fromkeys({without!r}))\n"
    return subprocess.run(
        [sys.executable, "-c", hidden + code, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )


@pytest.fixture
def folder(tmp_path, manifest):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "metrics.jsonl").write_text(JOURNAL)
    return tmp_path


@pytest.mark.parametrize("without", [["torch"], ["torch", "numpy"]])
def test_the_package(without):
    done = call(IMPORT_ALL, without)
    assert (done.returncode, done.stderr) == (0, "")


def test_show_needs_no_numpy(folder):
    done = call(COMMAND, ["torch", "numpy"], "show", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert "search  epoch 1, step 4, mean of this epoch: loss 0.5" in done.stdout


def test_report(folder):
    done = call(COMMAND, ["torch"], "report", str(folder), "-o", str(folder / "page.html"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "simulated events" in (folder / "page.html").read_text(encoding="utf-8")
