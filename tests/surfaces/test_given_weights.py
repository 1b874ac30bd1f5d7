"""Weights by name, as `state_dict()` has them: for a module, and to start a training from."""

from __future__ import annotations

import pytest
import torch

import spikegraph

pytestmark = pytest.mark.in_python

SPEC = """\
sdhs 1

neuron lif { }
network net {
  input x : real[1, 4, 4]
  time = 2
  output y = x -> conv(3, out = 2) -> norm -> lif -> pool -> linear(2) -> mean(time)
}
dataset own { source = python }
retrain net on own { epochs = 1  batch = 4  weights = adam(lr = 0.01)  loss = cross_entropy(y) }
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.sdhs").write_text(SPEC)
    return spikegraph.load("net.sdhs")


def images():
    return [(torch.full((1, 4, 4), k / 8), k % 2) for k in range(8)]


def test_a_module_takes_them(spec):
    weights = spikegraph.compile(spec).state_dict()
    again = spikegraph.compile(spec, weights=weights).state_dict()
    assert all(torch.equal(value, again[name]) for name, value in weights.items())
    folded = spikegraph.compile(spec, weights=weights, phase="deploy")
    assert spikegraph.load_run(folded.save("saved"), phase="retrain").state_dict().keys() == weights.keys()


def test_what_does_not_fit_is_named(spec):
    weights = spikegraph.compile(spec).state_dict()
    with pytest.raises(spikegraph.MisfitError, match=r"`weights` belongs to another model: size mismatch for y\.conv\.bias"):
        spikegraph.compile(spec, weights={**weights, "y.conv.bias": torch.zeros(3)})
    with pytest.raises(spikegraph.ArgumentError, match=r"`weights\['y\.conv\.bias'\]` is a `list`"):
        spikegraph.compile(spec, weights={**weights, "y.conv.bias": [0.0, 0.0]})


def test_a_training_starts_from_those_that_fit(spec):
    torch.manual_seed(3)
    weights = {
        name: torch.randn(value.shape) for name, value in spikegraph.compile(spec).state_dict().items() if "conv" in name
    }
    other = {"head.weight": torch.zeros(7)}
    run = spikegraph.fit(spec, train=images(), test=images(), weights=weights | other, freeze="*.conv.*", out="run")
    trained = run.model("retrain").state_dict()
    assert all(torch.equal(trained[name], value) for name, value in weights.items())
    with pytest.raises(spikegraph.TrainError, match="nothing of the given weights fits the network"):
        spikegraph.fit(spec, train=images(), test=images(), weights=other, out="other")
    assert not (run.path.parent / "other").exists()


def test_a_model_has_weights_of_its_own(spec):
    model = spikegraph.compile(spec)
    with pytest.raises(spikegraph.ArgumentError, match="`weights` beside a model, which has its own"):
        spikegraph.fit(model, train=images(), test=images(), weights=model.state_dict())


def test_both_sets_or_none(spec):
    with pytest.raises(spikegraph.ArgumentError, match="`test` is missing; give both sets, or none for the spec's own data"):
        spikegraph.fit(spec, train=images())
