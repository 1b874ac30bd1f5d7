"""Modules of one time step whose neurons begin with zeros at each call, so that they remember nothing."""

import pytest
import torch
from torch import nn

import spikegraph

from .refused import Net, Step

snntorch = pytest.importorskip("snntorch")


def coded(compute, neurons, *more):
    torch.manual_seed(0)
    layers = {"fc": nn.Linear(3, 4), "lif": neurons, **({"norm": more[0]} if more else {})}
    return Net(compute, **layers), torch.rand(2, 3) * 9


CASES = {
    "leaky": lambda: coded(lambda self, x: self.lif(self.fc(x), self.lif.init_leaky())[0], snntorch.Leaky(beta=0.9)),
    "zeros": lambda: coded(lambda self, x: self.lif(self.fc(x), torch.zeros(len(x), 4))[0], snntorch.Leaky(beta=0.9)),
    "synaptic": lambda: coded(
        lambda self, x: self.lif(self.fc(x), *self.lif.init_synaptic())[0], snntorch.Synaptic(alpha=0.5, beta=0.9)
    ),
    "recurrent": lambda: coded(
        lambda self, x: self.lif(self.fc(x), *self.lif.init_rleaky())[0], snntorch.RLeaky(beta=0.9, linear_features=4)
    ),
    "norm_in_training": lambda: coded(
        lambda self, x: self.lif(self.norm(self.fc(x)), self.lif.init_leaky())[0], snntorch.Leaky(beta=0.9), nn.BatchNorm1d(4)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_remembered(name):
    module, x = CASES[name]()
    found = spikegraph.from_torch(module, x)
    assert "\n  time = 1\n" in found.spec
    assert found.compared.training
    module, model = module.eval(), found.model()
    second = x.flip(0)
    expected = [module(x), module(second), module(second)]
    assert 0 < torch.cat(expected).count_nonzero() < 24
    for given, spikes in zip((x, second, second), expected, strict=True):
        assert torch.equal(model(given).reshape(2, 4), spikes)


def test_zeros_in_place_of_none_are_the_start_of_a_sequence():
    class Optional(Step):
        def forward(self, x, mem=None):
            return self.lif(self.fc(x), self.lif.init_leaky() if mem is None else mem)

    torch.manual_seed(0)
    found = spikegraph.from_torch(Optional(snntorch.Leaky(beta=0.9)), torch.rand(2, 3))
    assert "time" not in found.spec
    assert found.compared.steps == 4
