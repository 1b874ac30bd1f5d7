"""Renaming inputs of networks, whose names a data set may give."""

from pathlib import Path

import pytest

from spikegraph.service.service import Service

from .texts import place

FRAMES = (Path(__file__).parents[2] / "specs" / "frames.sdhs").read_text(encoding="utf-8")
LIKE = FRAMES.replace("retrain frames on mvsec", "network other like frames { }\nretrain other on mvsec")
ONE = """\
sdhs 1
network net {
  input image : real[1, 28, 28]
  time = 2
  output logits = image -> pool -> linear(10) -> mean(time)
}
dataset fashion_mnist_small { }
retrain net on fashion_mnist_small {
  epochs = 1  batch = 8  weights = sgd(lr = 0.1)  loss = cross_entropy(logits)
}
"""


@pytest.mark.parametrize(
    ("text", "at", "line"),
    [
        (FRAMES, "left, ri|ght", 29),
        (FRAMES, "input fr|ame", 29),
        (LIKE, "input le|ft", 30),
        (FRAMES.replace("retrain frames on mvsec", "retrain frames on wrong"), "left, ri|ght", 0),
        (FRAMES.replace("left, right :", "left, strange :"), "left, st|range", 0),
        (ONE, "input im|age", 0),
    ],
)
def test_a_name_that_the_data_set_gives(tmp_path, text, at, line):
    service, path = Service(), tmp_path / "net.sdhs"
    (tmp_path / "pyproject.toml").touch()
    service.open(path, text)
    found = service.rename(path, place(text, at), "other_name")
    name = at.partition(" ")[2].replace("|", "")
    column = text.splitlines()[line - 1].index("mvsec") + 1 if line else 0
    why = f"`{name}` is what the data set at {path}:{line}:{column} calls this input" if line else ""
    assert (found.refused, bool(found.edits)) == (why, not line)
