"""The bundled specs of each task train at once on their samples: a few steps here; docs/tasks.md has whole runs."""

import numpy as np
import pytest

from spikegraph.backends.torch.main import train_program
from spikegraph.data.sets import data_sets
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.program.sample_profile import with_sample

SPECS = ("cifar10-dvs", "dvs-gesture", "events", "images")
"""`dvs-gesture` is like `cifar10-dvs`, and long."""


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.long] * (n == "dvs-gesture")) for n in SPECS])
def test_a_spec_trains_on_its_sample(name, tmp_path):
    overrides = ("retrain.epochs=1", "retrain.epoch_samples=64", "retrain.batch=16")
    program, notice = with_sample(Program.read(f"specs/{name}.sdhs", overrides=overrides), None)
    assert notice is None or "using the profile `sample`" in notice
    assert not program.check().has_errors
    _, summary = train_program(program, Settings(device="cpu"), out=tmp_path / "run")
    assert summary.evaluation.samples >= 100
    assert summary.baselines


SPIKES = """\
sdhs 1
neuron lif { }
network net {
  input image : spike[1, 28, 28]
  output logits = image -> conv(3, out = 4, stride = 2) -> norm -> lif -> pool -> linear(10) -> mean(time)
}
dataset fashion_mnist_small {
  encoding = rate(steps = 3)
}
retrain net on fashion_mnist_small {
  epochs        = 1
  batch         = 32
  epoch_samples = 64
  weights       = adam(lr = 0.01)
  loss          = cross_entropy(logits)
}
"""


@pytest.mark.parametrize("encoding", ["rate(steps = 3)", "latency(steps = 3)"])
def test_images_as_spikes(encoding, tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPIKES.replace("rate(steps = 3)", encoding))
    program = Program.read(path)
    assert not program.check().has_errors
    _, summary = train_program(program, Settings(device="cpu"), out=tmp_path / "run")
    assert summary.evaluation.samples == 1000
    sets = data_sets(program.spec.datasets["fashion_mnist_small"], None, 0)
    spikes = sets.train.sample(0).inputs["image"]
    assert spikes.shape == (3, 1, 28, 28) and set(np.unique(spikes)) == {0, 1}


def test_the_input_of_spikes_has_no_time_of_its_own(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPIKES.replace("  output", "  time = 3\n  output"))
    (found,) = Program.read(path).check()
    assert (found.summary, found.help) == (
        "`fashion_mnist_small` has its own time steps, so `time` can't be given",
        "remove `time`",
    )
    path.write_text(SPIKES.replace("spike[1", "events[1"))
    (found,) = Program.read(path).check()
    assert found.summary == "`image` is events, but `fashion_mnist_small` has spikes [1, 28, 28]"
    assert found.help == "write `image : spike[1, 28, 28]`"
