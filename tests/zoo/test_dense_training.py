"""The dense systems are trained for a few steps on the built-in stereo sample, made small by their profile."""

import pytest
import torch

from spikegraph.backends.torch.datasets.stereo_sets import stereo_sets
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.train.batches import stereo_batch
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.step import step
from spikegraph.data.sample import write_sample
from spikegraph.program import Program

from .peers import ZOO

SYSTEMS = ("ddes", "ddes_snn", "psmnet", "stereospike")


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """The built-in sample, 1 s long."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, duration_s=1.0)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_three_steps(system, recording):
    program = Program.read(ZOO / f"{system}.sdhs", profile="sample")
    assert [d.summary for d in program.check() if d.severity == "error"] == []
    built = program.build("retrain")
    sets = stereo_sets(program.spec.datasets["mvsec"], recording, seed=0)
    assert built.run is not None
    model = lower(built.graph, plain=built.plain).train()
    losses = Losses(built.graph, built.run.loss)
    optimizer = torch.optim.Adam(model.weights(), lr=0.002)
    before = {name: value.clone() for name, value in model.named_parameters()}
    batch = stereo_batch([sets.train[0]])
    found = [float(step(model, losses, optimizer, [batch])["loss"]) for _ in range(3)]
    assert all(0 < loss < 1e3 for loss in found)
    assert found[-1] < found[0]
    still = [name for name, value in model.named_parameters() if torch.equal(value, before[name])]
    assert len(still) < len(before) / 2, still  # neurons that never fire have no gradients
