"""Training and saving: offered only with a folder for it, and only below it."""

import sys
from pathlib import Path

import numpy as np
import pytest

from spikegraph.agents.files import Files
from spikegraph.agents.server import tools
from spikegraph.agents.tool import ToolError
from spikegraph.agents.training import Trainings

SPEC = """\
sdhs 1
import "neurons.sdhs"
network net {
  input x : real[3, 1, 1]
  time = 2
  output logits = x -> flatten -> linear(4) -> lif -> linear(2) -> mean(time)
}
dataset mine { source = arrays  file = "small.npz" }
retrain net on mine { epochs = 1  batch = 4  weights = adam(lr = 0.1)  loss = cross_entropy(logits) }
"""


@pytest.fixture
def place(tmp_path):
    """A root with data, and a folder for training."""
    root, out = tmp_path / "root", tmp_path / "out"
    (root / "data").mkdir(parents=True)
    out.mkdir()
    (root / "neurons.sdhs").write_text("sdhs 1\nneuron lif { }\n")
    x = np.random.default_rng(0).normal(size=(20, 1, 1, 3)).astype(np.float32)
    np.savez(root / "data" / "small.npz", images=x, labels=(x[:, 0, 0, 0] > 0).astype(np.int64))
    return root, out


@pytest.fixture
def called(place):
    """Calls tools in this process; ends the trainings that they started."""
    files = Files.below(place[0])
    trainings = Trainings(files, Files.below(place[1]))
    known = {tool.name: tool for tool in tools(files, trainings)}
    yield lambda tool, /, **arguments: known[tool].call(arguments)
    trainings.stop()


def refused(called, tool, /, **arguments):
    with pytest.raises(ToolError) as error:
        called(tool, **arguments)
    return error.value.text


def below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_without_a_folder_nothing_that_writes_is_offered(session, place):
    assert not any(tool.writes for tool in tools(Files.below(place[0])))
    for name in ("save", "train", "training"):
        assert session.refused(name).startswith(f"error: there is no tool `{name}`\n")


def test_save(called, place):
    root, out = place
    assert called("save", text=SPEC, name="parts/net.sdhs").data == {"path": str(out / "parts" / "net.sdhs")}
    assert (out / "parts" / "net.sdhs").read_text() == SPEC
    text = refused(called, "save", text="", name="parts/net.sdhs")
    assert text == "error: there is a file `parts/net.sdhs`\nhelp: give another name, or `replace`"
    called("save", text="sdhs 1\n", name="parts/net.sdhs", replace=True)
    assert (out / "parts" / "net.sdhs").read_text() == "sdhs 1\n"
    assert below(root) == ["data", "data/small.npz", "neurons.sdhs"]


def test_nothing_is_written_outside(called, place):
    root, out = place
    (out / "way").symlink_to(root)
    help = f"help: give a path below the root, `{out}`"
    for name in ("way/net.sdhs", "/tmp/net.sdhs"):
        text = f"error: `{name}` is outside of the root\n{help}; links may not lead out of it"
        assert refused(called, "save", text=SPEC, name=name) == text
        assert refused(called, "train", text=SPEC, out=name.removesuffix(".sdhs")).endswith("links may not lead out of it")
    assert refused(called, "save", text=SPEC, name="../net.sdhs") == f"error: `../net.sdhs` has `..` in it\n{help}"
    text = "error: `net.py` isn't the name of a spec\nhelp: use a name that ends in `.sdhs`"
    assert refused(called, "save", text=SPEC, name="net.py") == text
    assert below(root) == ["data", "data/small.npz", "neurons.sdhs"]


def test_a_training_that_cannot_be_is_refused(called, place):
    root, out = place
    assert refused(called, "train", text=SPEC, out=".").startswith("error: `.` isn't the name of a run's folder\n")
    assert refused(called, "train", text=SPEC, out="first", data="nowhere").startswith("error: there is no folder `nowhere`\n")
    assert refused(called, "training", out="first") == "error: there is no run `first`\nhelp: `train` starts one"
    (root / "data" / "away").symlink_to(Path(sys.executable))
    text = f"error: `data/away` is a link that leads out of `{root}`\nhelp: take it away"
    assert refused(called, "train", text=SPEC, out="first", data="data") == text
    assert below(out) == []


def test_a_training_writes_below_its_folder_alone(called, place, monkeypatch, tmp_path):
    monkeypatch.setenv("SPIKEGRAPH_NATIVE", "0")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    root, out = place
    assert called("train", text=SPEC, out="first", data="data").data["state"] == "running"
    found = called("training", out="first", wait=600)
    assert (found.data["state"], found.data["status"]) == ("finished", 0), found.text
    assert set(found.data["metrics"]) == {"accuracy_percent"}
    assert found.text.startswith("first: finished\naccuracy_percent ")
    assert "import" not in (out / "first.sdhs").read_text()
    assert {"first", "first.log", "first.sdhs"} <= set(below(out))
    assert below(root) == ["data", "data/small.npz", "neurons.sdhs"]
    assert not (tmp_path / "home").exists()
    assert refused(called, "train", text=SPEC, out="first").startswith("error: there is a run or a spec `first`\n")
