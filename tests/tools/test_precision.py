"""The comparison of float32 and bfloat16 gives a run's own metrics, of which a loss may ignore a class."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from spikegraph.backends.torch.main import train_program
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings

SPEC = """sdhs 1
neuron lif { decay = 0.5 }
dataset mine { source = arrays  file = "a.npz"  inputs = x  targets = y  test_inputs = x  test_targets = y  time_steps = true }
network net {
  input x : real[3]
  output o = x -> linear(8) -> lif -> linear(3) -> mean(time)
}
retrain net on mine { epochs = 1  batch = 8  weights = adam(lr = 0.01)  loss = cross_entropy(o, ignore = 0) }
"""


@pytest.fixture
def tool():
    found = importlib.util.spec_from_file_location("precision", Path(__file__).parents[2] / "tools" / "precision.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_an_ignored_class_counts_in_no_metric(tool, tmp_path, monkeypatch, capsys):
    random = np.random.default_rng(0)
    labels = np.array([0] * 40 + [1] * 11 + [2] * 9)
    np.savez(tmp_path / "a.npz", x=random.normal(size=(60, 4, 3)).astype(np.float32), y=labels)
    program = Program.of_text(SPEC, "net.sdhs")
    run, summary = train_program(program, Settings(device="cpu", threads=1), data=tmp_path, out=tmp_path / "run")
    wanted = summary.evaluation.metrics["accuracy_percent"]
    assert wanted * 20 / 100 == pytest.approx(round(wanted * 20 / 100))  # of the 20 samples that aren't ignored
    monkeypatch.setattr("sys.argv", ["precision.py", str(run)])
    assert tool.main() == 0
    assert capsys.readouterr().out.startswith(f"fp32: accuracy_percent {wanted:.4g}\n")
