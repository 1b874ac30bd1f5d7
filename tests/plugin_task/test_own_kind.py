"""Predictions that are stored as a kind of example of a plug-in."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import spikegraph
from spikegraph.cli.entry import run
from spikegraph.plugins import local_files
from spikegraph.plugins.owners import forget
from spikegraph.runs.record import read_run

SPEC = """sdhs 1
neuron lif { }
dataset spots { }
network net {
  time = 2
  input image : real[1, 16, 16]
  output spot = image -> conv(3, out = 2) -> norm -> lif -> flatten -> linear(2) -> mean(time)
}
retrain net on spots { epochs = 1  batch = 8  weights = adam(lr = 0.01)  loss = near(spot) }
"""
MAGENTA = [255, 0, 255]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a spec and a run of it."""
    path = tmp_path_factory.mktemp("spots")
    (path / "net.sdhs").write_text(SPEC)
    before = set(local_files._loaded)
    spikegraph.load_plugin(Path(__file__).with_name("spots.py"))
    assert run(["compile", str(path / "net.sdhs"), "--train", "--out", str(path / "run"), "--device", "cpu"]) == 0
    yield path
    for file in set(local_files._loaded) - before:
        forget(local_files._loaded.pop(file))


def pixels(data):
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))


def spot(picture):
    """Where the one pixel of a picture is that shows the spot."""
    (found,) = zip(*(k.tolist() for k in np.nonzero((picture == MAGENTA).all(-1))), strict=True)
    return found


def test_the_report_shows_what_was_stored(trained):
    examples = read_run(trained / "run").examples.found
    assert [type(example).__name__ for example in examples] == ["SpotExample"] * 2
    assert run(["report", str(trained / "run"), "-o", str(trained / "report.html")]) == 0
    page = (trained / "report.html").read_text()
    shown = re.findall(r'<img src="data:image/png;base64,([^"]+)" alt="(true spot|predicted spot), spot 17"', page)
    pictures = {what: pixels(base64.b64decode(data)) for data, what in shown}
    (example,) = (example for example in examples if example.name == "spot 17")
    assert spot(pictures["true spot"]) == (7, 3)
    assert spot(pictures["predicted spot"]) == tuple(np.clip(np.round(example.predicted), 0, 15).astype(int).tolist())
    assert f"{np.hypot(*(example.predicted - [7, 3])):.1f} px apart" in page


def test_data_show_draws_the_target_as_the_task_does(trained):
    assert (
        run(["data", "show", str(trained / "net.sdhs"), "--part", "test", "--samples", "1", "-o", str(trained / "a.png")]) == 0
    )
    assert (pixels((trained / "a.png").read_bytes()) == MAGENTA).all(-1).sum() == (112 // 16) ** 2


def test_a_figure_shows_runs_beside_each_other(trained):
    assert run(["figure", "3", str(trained / "run"), "-o", str(trained / "figure.svg")]) == 0
    text = (trained / "figure.svg").read_text()
    assert [text.count(word) for word in (">true spot<", ">prediction<", "px apart")] == [1, 1, 2]
