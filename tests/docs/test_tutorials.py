"""The tutorials: they run as they stand, with short trainings, and show what is stored in them where nothing was trained."""

from __future__ import annotations

import ast
import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from spikegraph.analysis.energy import ENERGY_MODELS

from ..few_images import PLACE, few_images
from .typed_pages import ROOT

TOOL = runpy.run_path(str(ROOT / "tools" / "notebooks.py"))
PAGES = sorted((ROOT / "docs" / "tutorials").glob("*.ipynb"))
SHORT = '["retrain.epochs=1", "retrain.epoch_samples=32"]'
FEWER = {
    'out="runs/': f'overrides={SHORT}, out="runs/',
    "--train --out ": "--train --device cpu --set retrain.epochs=1 --set retrain.epoch_samples=16 --out ",
    "evolution(6)": "evolution(2)",
}
"""Makes the trainings of the pages short; a spec is changed where the output of its check stays the same."""

LARGEST = 150_000
"""Bytes of a page with its pictures."""


def compared(output: dict[str, Any]) -> dict[str, Any]:
    """An output without pictures, whose layout depends on Graphviz and fonts."""
    if "data" not in output:
        return output
    data = {kind: text for kind, text in output["data"].items() if kind == "text/plain"}
    return {"output_type": output["output_type"], "data": data, "pictures": sorted(output["data"])}


def shows(text: str) -> bool:
    """Whether a cell has an output in any case: a command, a file, or an expression at the end."""
    return text.startswith(("!", "%%")) or (not text.endswith(";") and isinstance(ast.parse(text).body[-1], ast.Expr))


def test_there_are_four() -> None:
    assert [page.stem for page in PAGES] == ["my-first-network", "my-first-search", "my-pytorch-model", "my-recordings-to-nir"]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_tutorial_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", TOOL["COLUMNS"])
    monkeypatch.setattr(PLACE, few_images)
    for cell, outputs in TOOL["shown"](TOOL["read"](page), FEWER, tmp_path):
        if TOOL["VARIES"] not in cell["metadata"].get("tags", ()):
            assert [compared(each) for each in outputs] == [compared(each) for each in cell["outputs"]], TOOL["source"](cell)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_tutorial_is_stored_whole(page: Path) -> None:
    """In the format of notebooks, with the output of each cell that shows something, and nothing of the machine."""
    text = page.read_text(encoding="utf-8")
    notebook = TOOL["read"](page)
    assert text == json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = notebook["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1)), "run `python tools/notebooks.py`"
    assert [TOOL["source"](cell) for cell in code if bool(cell["outputs"]) < shows(TOOL["source"](cell))] == []
    assert re.findall(r"/(?:tmp|root|home|work|usr)/\S*", text) == []
    assert len(text) < LARGEST


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_tutorial_says_what_to_look_at(page: Path) -> None:
    prose = [TOOL["source"](cell) for cell in TOOL["read"](page)["cells"] if cell["cell_type"] == "markdown"]
    assert sum("**Look at**" in text for text in prose) >= 2


def test_a_command_that_fails_ends_the_tutorial(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "metadata": {}, "source": ["!spikegraph check missing.sdhs"]}
    with pytest.raises(RuntimeError, match=r"`!spikegraph check missing.sdhs` ended with 2:"):
        list(TOOL["shown"]({"cells": [cell]}, {}, tmp_path))
    cell["metadata"] = {"tags": ["fails"]}
    ((_, (output,)),) = TOOL["shown"]({"cells": [cell]}, {}, tmp_path)
    assert "missing.sdhs" in "".join(output["text"])


def test_a_cell_shows_what_it_prints_and_its_last_value(tmp_path: Path) -> None:
    texts = ["%%writefile a.txt\n1\n", "print(2)\nlen('abc')", "3;", "x = 4"]
    cells = [{"cell_type": "code", "metadata": {}, "source": [text]} for text in texts]
    outputs = [outputs for _, outputs in TOOL["shown"]({"cells": cells}, {}, tmp_path)]
    assert [[compared(each).get("text") or each["data"]["text/plain"] for each in cell] for cell in outputs] == [
        [["Writing a.txt\n"]],
        [["2\n"], ["3"]],
        [],
        [],
    ]


def test_the_stored_energies_are_of_all_models() -> None:
    text = (ROOT / "docs/tutorials/my-pytorch-model.ipynb").read_text(encoding="utf-8")
    assert [name for name in ENERGY_MODELS if f"{name}: " not in text and f"{name} can't" not in text] == []
