"""The sequences of docs/own-data.md: its files and commands as they stand there, and what the page says of the result."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from spikegraph.cli.entry import run

from .typed_pages import block_items, read


@pytest.mark.slow
def test_sequences_with_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    section = read("docs/own-data.md").partition("\n## Sequences and numbers\n")[2].partition("\n## ")[0]
    for item in block_items(section):
        if item.kind == "file":
            Path(item.name).write_text(item.text, encoding="utf-8")
        elif item.words[0] == "python":
            runpy.run_path(item.words[1])
        else:
            assert run(item.words[1:]) == 0, item.text
    capsys.readouterr()
    assert run(["show", "waves", "--json"]) == 0
    methods = json.loads(capsys.readouterr().out)["methods"]
    assert methods["network"]["accuracy_percent"] > 99
    assert methods["nearest mean"]["accuracy_percent"] == 55
    predicted = Path("predictions/predictions.csv").read_text(encoding="utf-8").splitlines()
    assert predicted[0] == "file,prediction,probability"
    assert {line.split(",")[1] for line in predicted[1:]} == {"fast", "slow"}
    assert len(predicted) == 601
    capsys.readouterr()
    assert run(["evaluate", "lengths", "--stream", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["standard"]["metrics"] == found["streamed"]["metrics"]
    assert found["standard"]["metrics"]["accuracy_percent"] > 90
    assert len(Path("predicted/predictions.csv").read_text(encoding="utf-8").splitlines()) == 201
