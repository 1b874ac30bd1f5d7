"""The section of docs/events.md on few recordings: as it stands there, with fewer epochs of the large training."""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from spikegraph.cli.entry import run

from ..few_images import MOVED, few_moved
from .typed_pages import ROOT, block_items, read

FEWER = ("--set", "retrain.epochs=1", "--set", "retrain.epoch_samples=800")


@pytest.mark.slow
def test_few_recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(MOVED, lambda: few_moved(1000))
    page = read("docs/events.md").partition("\n## Few recordings")[2].partition("\n## ")[0]
    for item in block_items(page):
        if item.kind == "file":
            Path(item.name).write_text(item.text, encoding="utf-8")
        elif item.kind == "python":
            session = {"__name__": "typed"}
            exec(compile(item.text.replace("range(10)", "range(6)"), "page", "exec"), session)
        elif item.words[0] == "python":
            runpy.run_path(item.words[1])
        else:
            assert run([*item.words[1:], *(FEWER if "runs/many" in item.words[-1] else ())]) == 0, item.text
    capsys.readouterr()
    assert len(list(Path("edges").glob("*/*.npy"))) == 40
    many, fine = (load_file(f"runs/{name}/weights.safetensors") for name in ("many", "edges"))
    assert all((many[name] == fine[name]).all() for name in fine if name.startswith("stage0."))
    assert fine["logits.linear.weight"].shape == (3, 96)
    metrics = {}
    for name in ("runs/edges", "mine", "package"):
        assert run(["evaluate", name, "--json", *(["--data", "edges"] if name == "package" else [])]) == 0
        metrics[name] = json.loads(capsys.readouterr().out)["metrics"]["accuracy_percent"]
    assert metrics["mine"] == metrics["package"]
    assert metrics["runs/edges"] > 50  # three classes
    assert metrics["mine"] > 50
