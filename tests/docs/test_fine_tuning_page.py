"""The examples of docs/fine-tuning.md: files and commands as they stand there, with fewer images and epochs."""

from __future__ import annotations

import json
import runpy
from functools import partial
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from spikegraph.cli.entry import run

from ..few_images import PLACE, few_images
from .typed_pages import ROOT, block_items, read

FIRST = ("--set", "retrain.epochs=1", "--set", "retrain.epoch_samples=64", "--out", "runs/start")


def test_another_number_of_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    page = read("docs/fine-tuning.md")
    assert run(["compile", str(ROOT / "specs/images.sdhs"), "--train", "--device", "cpu", *FIRST]) == 0
    capsys.readouterr()
    for item in block_items(page.partition("\n## Another number of classes\n")[2].partition("\n## ")[0]):
        if item.kind == "file":
            Path(item.name).write_text(item.text, encoding="utf-8")
        elif item.words[0] == "python":
            runpy.run_path(item.words[1])
        else:
            assert run([*item.words[1:], "--device", "cpu", "--set", "retrain.epochs=1"]) == 0, item.text
    said = " ".join(capsys.readouterr().err.split())
    (shown,) = (block for block in page.split("```") if block.startswith("text\nweights:"))
    for line in shown.splitlines()[1:]:
        assert line in said, line
    first, fine = (load_file(f"runs/{name}/weights.safetensors") for name in ("start", "two"))
    frozen = [name for name in fine if name.startswith(("stage0.", "stage1."))]
    assert len(frozen) == 24
    assert all((first[name] == fine[name]).all() for name in frozen)


def test_a_pretrained_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(PLACE, partial(few_images, 64))
    section = read("docs/fine-tuning.md").partition("\n## A pretrained network for images\n")[2].partition("\n## ")[0]
    commands = [item.words[1:] for item in block_items(section)]
    assert [words[0] for words in commands] == ["pretrain", "new", "compile", "compile"]
    for words in commands:
        trains = "--train" in words
        small = ["--device", "cpu", "--set", "retrain.epochs=2"] if trains else ["--device", "cpu"] * (words[0] == "pretrain")
        assert run([*words, *small]) == 0, words
    assert "weights: 30 of 32 tensors are taken from runs/images" in " ".join(capsys.readouterr().err.split())
    own = json.loads(Path("runs/own/summary.json").read_text(encoding="utf-8"))
    assert own["evaluation"]["samples"] == 36
    assert Path("runs/images/card.md").exists()
