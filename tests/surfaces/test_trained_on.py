"""A model of SpikingJelly that is imported, trained for 30 steps, evaluated and exported: the code of docs/coming-from.md."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from spikegraph.cli.entry import run

PAGE = (Path(__file__).parents[2] / "docs" / "coming-from.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## Train it on")[2].partition("\n## ")[0]
(CODE,) = re.findall(r"^```python\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_code_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import onnxruntime

    monkeypatch.chdir(tmp_path)
    session: dict[str, Any] = {"__name__": "typed"}
    exec(compile(CODE, "docs/coming-from.md", "exec"), session)
    model, held_out = session["model"], session["samples"][-200:]
    reached = model.evaluate(held_out)["accuracy_percent"]
    assert reached > 50  # of ten classes, after 960 images
    assert session["fitted"].metrics["accuracy_percent"] > 40
    assert session["fitted"].path.joinpath("start.safetensors").is_file()

    # ONNX's runtime counts the same right answers, step by step.
    program = onnxruntime.InferenceSession("net.onnx")
    ours, states = program.get_inputs()[0].name, program.get_inputs()[1:]
    right = 0
    for x, y in held_out[:40]:
        values = {state.name: _zeros(state.shape) for state in states}
        found: Any = []
        for step in x.numpy():
            found = program.run(None, {ours: step[None], **values})
            values = dict(zip(values, found[1:], strict=True))
        right += int(found[0].argmax() == y)  # the mean over all steps so far
    assert right == round(0.4 * model.evaluate(held_out[:40])["accuracy_percent"])

    capsys.readouterr()
    assert run(["stats", "net", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["parameters"] == sum(p.numel() for p in model.parameters())
    assert Path("net.nir").stat().st_size > 1000


def _zeros(shape: list[Any]) -> Any:
    import numpy as np

    return np.zeros([each if isinstance(each, int) else 1 for each in shape], np.float32)
