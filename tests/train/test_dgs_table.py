"""The table that compares fixed and searched surrogates: its variants and its spec."""

import importlib.util
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from spikegraph.program.program import Program
from spikegraph.runs.journal import Journal

ROOT = Path(__file__).parents[2]
COMPLETE = ROOT / "tests" / "compat" / "0.1.0" / "runs" / "complete"
SPEC = ROOT / "specs" / "stereo.sdhs"


@pytest.fixture(scope="module")
def tool():
    name = "dgs_table"
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # needed by dataclasses
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


def test_other_places_in_the_spec(tool, tmp_path: Path) -> None:
    path = tool.with_places(SPEC, "cells[2], stem1", tmp_path / "made")
    (before,), (after,) = (Program.read(p).spec.retrain.dgs for p in (SPEC, path))
    assert after.places == ("cells[2]", "stem1")
    assert replace(after, places=before.places, span=before.span) == before
    assert tool.with_places(SPEC, "stem0", tmp_path / "made") == path


def test_a_spec_without_a_search_of_surrogates(tool, tmp_path: Path) -> None:
    path = tmp_path / "plain.sdhs"
    path.write_text("sdhs 1\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="has 0"):
        tool.with_places(path, "stem0", tmp_path / "made")


def test_variants_differ_in_the_temperature_and_the_interval(tool) -> None:
    found = {v.name: v.overrides for v in tool.variants("lif", "dspike", 2, 10, (3, 8))}
    assert found["fixed-b8"] == ("lif.surrogate=dspike(b = 8)", tool.NEVER)
    assert found["dgs-b3"] == ("lif.surrogate=dspike(b = 3)", "retrain.dgs.every=2", "retrain.dgs.iterations=10")
    assert list(found) == ["fixed-b3", "dgs-b3", "fixed-b8", "dgs-b8"]


def test_mean_and_spread(tool) -> None:
    row = {"seconds": 1.0, "mean_disparity_error_px": 2.0, "training_loss": 0.5, "b": {"stem0": 1.4, "stem1": 2.4}}
    rows = [{"seed": 0, **row}, {"seed": 1, **row, "mean_disparity_error_px": 4.0}]
    head, _, line = tool.markdown({"dgs-b3": rows}).splitlines()
    assert head == "| variant | seconds | mean_disparity_error_px | training loss, last 4 epochs | mean b at the end |"
    assert line == "| dgs-b3 | 1 ± 0 | 3 ± 1.4 | 0.5 ± 0 | 1.9, 1.9 |"


def test_the_training_loss_of_the_last_epochs(tool, tmp_path: Path) -> None:
    folder = shutil.copytree(COMPLETE, tmp_path / "run")
    (folder / "metrics.jsonl").unlink()
    with Journal(folder / "metrics.jsonl") as journal:
        for epoch in range(1, 7):
            journal.add("epoch", "retrain", epoch, 1, losses={"loss": float(epoch)})
    assert tool.last_loss(folder) == (3 + 4 + 5 + 6) / 4
