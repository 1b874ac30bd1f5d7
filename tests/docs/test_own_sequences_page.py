"""Sequences and unbalanced classes of docs/own-data.md: files and commands as they stand there, and what it says of results."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spikegraph.cli.entry import run

from .typed_pages import block_items, read


def typed(heading: str) -> None:
    """Types the files and commands of a section, in the folder of the process."""
    section = read("docs/own-data.md").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    for item in block_items(section):
        if item.kind == "file":
            Path(item.name).write_text(item.text, encoding="utf-8")
        elif item.words[0] == "python":
            runpy.run_path(item.words[1])
        else:
            assert run(item.words[1:]) == 0, item.text


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What a command prints as JSON."""
    capsys.readouterr()
    assert run([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.slow
def test_sequences_with_classes_and_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    typed("Sequences and numbers")
    methods = shown(capsys, "show", "waves")["methods"]
    assert methods["network"]["accuracy_percent"] > 99
    assert methods["nearest mean"]["accuracy_percent"] == 55
    predicted = Path("predictions/predictions.csv").read_text(encoding="utf-8").splitlines()
    assert predicted[0] == "file,prediction,probability"
    assert {line.split(",")[1] for line in predicted[1:]} == {"fast", "slow"}
    assert len(predicted) == 601
    found = shown(capsys, "evaluate", "lengths", "--stream")
    assert found["standard"]["metrics"] == found["streamed"]["metrics"]
    assert found["standard"]["metrics"]["accuracy_percent"] > 90
    assert len(Path("predicted/predictions.csv").read_text(encoding="utf-8").splitlines()) == 201

    for name, error, constant in (("mean", 0.006, 0.14), ("both", 0.007, 0.33)):
        methods = shown(capsys, "show", name)["methods"]
        assert methods["network"]["mean_squared_error"] == pytest.approx(error, rel=0.3)
        assert methods["mean target"]["mean_squared_error"] == pytest.approx(constant, rel=0.04)
    rows = np.loadtxt("levels/predictions.csv", delimiter=",", skiprows=1, usecols=(1, 2))
    with np.load("levels.npz") as file:
        assert ((rows - file["targets"]) ** 2).mean() < 0.01

    methods = shown(capsys, "show", "busy")["methods"]
    assert methods["network"]["accuracy_percent"] == pytest.approx(95, abs=1)
    with np.load("busy.npz") as file:
        apart = (file["inputs"].mean(-1) > 0.5) == (file["targets"] == "busy")
    assert 100 * apart.mean() == pytest.approx(92, abs=0.5)


@pytest.mark.slow
def test_unbalanced_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    typed("Unbalanced classes")
    assert "sampling" in Path("even/resolved.sdhs").read_text(encoding="utf-8")
    for name in ("rare", "even"):
        assert shown(capsys, "evaluate", name)["classes"]["drifts"]["recall_percent"] > 50
