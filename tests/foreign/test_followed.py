"""Layers of libraries that have no adapter, or whose adapter doesn't take them so: their code is followed."""

import numpy as np
import pytest
import torch
from torch import nn

import spikegraph

from .refused import Net, Step

norse = pytest.importorskip("norse.torch")
snntorch = pytest.importorskip("snntorch")
functional = pytest.importorskip("spikingjelly.activation_based.functional")
layer = pytest.importorskip("spikingjelly.activation_based.layer")
neuron = pytest.importorskip("spikingjelly.activation_based.neuron")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def behind(neurons):
    """A linear layer and neurons, for one step."""
    return nn.Sequential(nn.Linear(6, 8), neurons), torch.randn(2, 6) * 3


def cell(neurons):
    """A linear layer and neurons that take and return their state."""
    return Step(neurons), torch.rand(2, 3)


def of_all_steps(neurons):
    """A linear layer and SpikingJelly's neurons, for all steps."""
    net = nn.Sequential(layer.Linear(6, 8), neurons)
    functional.set_step_mode(net, "m")
    return net, torch.randn(4, 2, 6) * 3


def over_time(neurons):
    """A linear layer and norse's neurons, which return their state."""
    net = norse.SequentialState(nn.Linear(3, 4), neurons)
    return Net(lambda self, x: self.net(x)[0], net=net), torch.rand(5, 2, 3) * 9, {"multi_step": True}


CASES = {
    "learned_beta": (lambda: behind(snntorch.Leaky(0.8, learn_beta=True, init_hidden=True)), "clamp(beta, 0, 1) * "),
    "lapicque": (lambda: behind(snntorch.Lapicque(beta=0.8, init_hidden=True)), "detach(fire(u[t-1], 1))"),
    "alpha": (lambda: behind(snntorch.Alpha(0.8, 0.7, init_hidden=True)), "state w = 0"),
    "another_reset": (lambda: cell(norse.LIFCell(norse.LIFParameters(v_reset=torch.tensor(0.5)))), "y * 0.5"),
    "exponential_cell": (lambda: cell(norse.LIFExCell()), "exp((v[t-1] - 1) / 0.5)"),
    "all_steps": (lambda: over_time(norse.LIF()), "decay_input = true"),
    "quadratic": (lambda: of_all_steps(neuron.QIFNode()), "qif(tau = 2, v_rest = 0, v_reset = -0.1, a = 1, v_c = 0.8)"),
    "exponential": (lambda: of_all_steps(neuron.EIFNode()), "eif(tau = 2, v_rest = 0, v_reset = -0.1, sharpness = 1"),
    "filter": (lambda: of_all_steps(nn.Sequential(neuron.IFNode(), layer.SynapseFilter(10.0))), "emit u"),
    "connection": (lambda: of_all_steps(layer.LinearRecurrentContainer(neuron.IFNode(), 8, 8)), "previous("),
}


@pytest.mark.parametrize("name", CASES)
def test_comes_in(name):
    """`from_torch` compares it with the library, in float64."""
    torch.manual_seed(5)
    make, text = CASES[name]
    module, example, *options = make()
    found = spikegraph.from_torch(module, example, **dict(*options))
    assert found.compared.neurons
    assert text in found.spec


def test_a_subclass_with_another_forward():
    class Scaled(nn.Conv2d):
        def forward(self, input):
            return 2 * super().forward(input)

    found = spikegraph.from_torch(nn.Sequential(Scaled(3, 4, 3), nn.ReLU()), torch.rand(2, 3, 6, 6))
    assert "conv(3, out = 4, padding = 0) -> scale(2)" in found.spec


class Dropped(nn.Module):
    """Leaves out whole samples in training."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or self.rate == 0:
            return x
        return x * torch.rand(x.shape[0], 1, 1, 1).ge(self.rate) / (1 - self.rate)


@pytest.mark.parametrize(("rate", "training"), [(0.0, True), (0.5, False)])
def test_paths_that_are_not_dropped(rate, training):
    module = nn.Sequential(nn.Conv2d(3, 4, 1), Dropped(rate)).train(training)
    found = spikegraph.from_torch(module, torch.ones(2, 3, 4, 4))
    assert "output y = x -> conv(1, out = 4)" in found.spec
    assert found.compared.training == training


def test_scalars_of_numpy_are_numbers():
    """A fan-in by `np.prod` is a scalar of numpy, as in SpikingJelly's layers with standardised weights."""
    net = Net(lambda self, x: self.net(x) * np.prod(x.shape[1:]) * np.float32(0.5), net=nn.Linear(6, 3))
    found = spikegraph.from_torch(net, torch.randn(2, 6))
    assert found.compared.training
    assert "scale(6) -> scale(0.5)" in found.spec
