"""A task of a plug-in, and a run of it."""

import sys
from pathlib import Path

import numpy as np
import pytest

import spikegraph
from spikegraph.cli.entry import run
from spikegraph.plugins import local_files
from spikegraph.plugins.owners import forget

PLUGIN = Path(__file__).with_name("lights.py")

SPEC = """sdhs 1
neuron lif { }
dataset lights { steps = 4  duration = 40ms  augment = [random_crop([12, 12]), horizontal_flip, dim(1)] }
network net {
  input events : real[2, 12, 12]
  output points = events -> conv(3, out = 4) -> norm -> lif -> flatten -> linear(6) -> mean(time)
}
retrain net on lights { epochs = 2  batch = 8  validate = 0.25  weights = adam(lr = 0.03)  loss = apart(points, factor = 0.5) }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a spec and a run of it; the plug-in is loaded, and forgotten behind the tests of a module."""
    path = tmp_path_factory.mktemp("lights")
    (path / "net.sdhs").write_text(SPEC)
    before = set(local_files._loaded)
    spikegraph.load_plugin(PLUGIN)
    assert run(["compile", str(path / "net.sdhs"), "--train", "--out", str(path / "run"), "--device", "cpu"]) == 0
    yield path
    for file in set(local_files._loaded) - before:
        forget(local_files._loaded.pop(file))


@pytest.fixture(scope="module")
def own(folder):
    """The functions of the plug-in."""
    return sys.modules["spikegraph_plugin_lights"]


@pytest.fixture(scope="module")
def recording(folder, own):
    """A file with the events of the first test sample."""
    events, _ = own.recording(48)
    np.savez(folder / "lights.npz", **dict(zip("xytp", events, strict=True)))
    return folder / "lights.npz"
