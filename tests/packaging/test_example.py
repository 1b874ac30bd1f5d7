"""The example of a plug-in package, installed into a new environment, adds its neuron without an option."""

import json
from pathlib import Path

import pytest

from .environments import Environment

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "examples" / "adaptive_neuron"


@pytest.fixture(scope="module")
def spikegraph(tmp_path_factory):
    """Runs the program in an environment with this checkout and the example."""
    environment = Environment.made(tmp_path_factory.mktemp("environment"))
    environment.install(ROOT, editable=True)
    environment.install(PACKAGE)
    return lambda *arguments, cwd: environment.run("spikegraph", *arguments, cwd=cwd).stdout


def test_its_operation_is_known(spikegraph, tmp_path):
    assert spikegraph("ops", "adaptive_lif", cwd=tmp_path).startswith("x -> adaptive_lif(neuron = ..., strength = 0.5")
    assert spikegraph("check", str(PACKAGE / "adaptive.sdhs"), cwd=tmp_path).endswith("adaptive.sdhs: sound\n")


def test_its_network_is_trained_and_evaluated(spikegraph, tmp_path):
    spec, small = str(PACKAGE / "adaptive.sdhs"), ("--set", "retrain.epochs=1", "--set", "retrain.epoch_samples=40")
    trained = spikegraph("compile", spec, "--train", "--out", "run", "--device", "cpu", *small, cwd=tmp_path)
    assert "result: the network's accuracy, " in trained
    found = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert 0 < found["evaluation"]["firing_rates"]["hidden"] < 1
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["plugins"] == ["spikegraph-adaptive"]
    again = json.loads(spikegraph("evaluate", "run", "--device", "cpu", "--json", cwd=tmp_path))
    assert again["metrics"] == pytest.approx(found["evaluation"]["metrics"])
