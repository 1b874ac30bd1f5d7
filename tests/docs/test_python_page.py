"""docs/python.md: all its code in its order, in one session, and every public name in it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

import spikegraph
from spikegraph.plugins.local_files import not_loaded
from spikegraph.plugins.owners import forget

from ..few_images import MOVED, PLACE, few_images, few_moved
from .typed_pages import ROOT, block_items, read

FEWER = {
    'overrides=["retrain.epochs=': 'overrides=["retrain.epoch_samples=32", "retrain.epochs=',
    "evolution(50)": "evolution(2)",
    "range(20):": "range(2):",
    "search(spec, ": 'search(spec.with_overrides(["retrain.epochs=1", "retrain.epoch_samples=8", "retrain.W=3"]), ',
}
"""Makes the trainings of the page small."""

CODE = [item for item in block_items(read("docs/python.md")) if item.kind == "python"]


def test_every_public_name_is_there() -> None:
    text = "".join(item.text for item in CODE)
    errors = {name for name in spikegraph.__all__ if name.endswith("Error")}
    assert {name for name in spikegraph.__all__ if f"spikegraph.{name}" not in text} == errors


@pytest.mark.slow
@pytest.mark.in_python
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_page_as_one_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("specs", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(PLACE, few_images)
    monkeypatch.setattr(MOVED, few_moved)
    half = [(torch.rand(2, 3, 32, 32), torch.tensor([0, 1]))]
    session: dict[str, Any] = {"first_half": half, "second_half": half}
    shown: list[tuple[str, object]] = []
    try:
        for item in CODE:
            text = item.text
            for whole, fewer in FEWER.items():
                text = text.replace(whole, fewer)
            exec(compile("\n" * (item.line - 1) + text, "docs/python.md", "exec"), session)
            shown += [(line, eval(line, session)) for line in text.splitlines() if re.match(r"[a-z]\S*\(.*shape  #", line)]
    finally:
        for name in (str(tmp_path / "examples" / "gain.py"), "examples/gain.py"):
            if not not_loaded([name]):
                forget(name)
    assert [str(value) for line, value in shown] == [line.partition("  # ")[2].partition(":")[0] for line, _ in shown]
    assert session["run"].complete
    assert session["again"].path.joinpath("start.safetensors").is_file()
    assert sorted(path.name for path in Path("package").iterdir()) == [
        "card.md",
        "images.sdhs",
        "model.json",
        "weights.safetensors",
    ]
    assert "CC BY 4.0" in Path("package/card.md").read_text(encoding="utf-8")
    assert session["trace"].outputs["logits"].shape == (1, 10)
