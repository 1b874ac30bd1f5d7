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


@pytest.mark.slow
def test_leastereo_is_searched_and_retrained(recording, tmp_path):
    """Steps of weights and of architecture parameters, then steps of the network that they decode to."""
    program = Program.read(ZOO / "leastereo.sdhs", profile="sample")
    sets = stereo_sets(program.spec.datasets["mvsec"], recording, seed=0)
    batch = stereo_batch([sets.train[0]])
    built = program.build("search")
    assert built.run is not None
    model = lower(built.graph, plain=built.plain, space=built.space).train()
    losses = Losses(built.graph, built.run.loss)
    before = {name: value.clone() for name, value in model.architecture.items()}
    assert set(before) == {"feature.alpha", "matching.alpha", "feature_path.beta", "matching_path.beta"}
    for parameters in (model.weights(), list(model.architecture.values())):
        loss = step(model, losses, torch.optim.Adam(parameters, lr=0.002), [batch])["loss"]
        assert 0 < float(loss) < 1e3
    assert all(not torch.equal(value, before[name]) for name, value in model.architecture.items())
    found = tmp_path / "genotype.sdhs"
    found.write_text(model.genotype(), encoding="utf-8")
    decoded = Program.read(ZOO / "leastereo.sdhs", profile="sample", genotype=found).build("retrain")
    assert decoded.run is not None
    network = lower(decoded.graph, plain=decoded.plain).train()
    again, optimizer = Losses(decoded.graph, decoded.run.loss), torch.optim.Adam(network.weights(), lr=0.002)
    found_losses = [float(step(network, again, optimizer, [batch])["loss"]) for _ in range(3)]
    assert found_losses[-1] < found_losses[0]
