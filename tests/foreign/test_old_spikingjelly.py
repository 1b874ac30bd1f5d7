"""Neurons whose evaluation has no gradients, as those of SpikingJelly before 2.0: gradients are compared in training."""

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.foreign.errors import ForeignError

from .examples import example
from .refused import said


def network():
    from spikingjelly.activation_based import functional, layer, neuron

    torch.manual_seed(0)
    net = nn.Sequential(layer.Conv2d(3, 4, 3), layer.BatchNorm2d(4), neuron.LIFNode(), layer.Flatten(), layer.Linear(144, 3))
    functional.set_step_mode(net, "m")
    return net


@pytest.fixture
def without_gradients_in_evaluation(monkeypatch):
    from spikingjelly.activation_based import neuron

    forward = neuron.LIFNode.multi_step_forward

    def cut(self, x):
        spikes = forward(self, x)
        return spikes if self.training else spikes.detach()

    monkeypatch.setattr(neuron.LIFNode, "multi_step_forward", cut)


@pytest.mark.usefixtures("without_gradients_in_evaluation")
def test_gradients_are_compared_in_training():
    found = spikegraph.from_torch(network(), 3 * example(4, 2, 3, 8, 8))
    assert (found.compared.training, found.compared.gradients, found.compared.silent) == (True, 6, 0)


@pytest.mark.usefixtures("without_gradients_in_evaluation")
def test_a_module_in_evaluation_has_none_to_compare():
    with pytest.raises(ForeignError) as told:
        spikegraph.from_torch(network().eval(), 3 * example(4, 2, 3, 8, 8))
    assert said(told.value).startswith("`0.weight` has no gradient in the module, but one in the spec (help: ")


def test_gradients_that_training_lacks_are_refused(monkeypatch):
    from spikingjelly.activation_based import neuron

    forward = neuron.LIFNode.multi_step_forward
    monkeypatch.setattr(neuron.LIFNode, "multi_step_forward", lambda self, x: forward(self, x).detach())
    with pytest.raises(ForeignError) as told:
        spikegraph.from_torch(network(), 3 * example(4, 2, 3, 8, 8))
    assert said(told.value).startswith("`0.weight` has no gradient in the module, but one in the spec (help: ")


@pytest.fixture
def old_neurons(monkeypatch):
    """A library whose multi-step neuron is a class of its own, without `step_mode`."""
    import sys
    import types

    from spikingjelly.activation_based import surrogate

    packages = {name: types.ModuleType(name) for name in ("spikingjelly.clock_driven", "spikingjelly.clock_driven.neuron")}
    for name, module in packages.items():
        monkeypatch.setitem(sys.modules, name, module)

    class BaseNode(nn.Module):
        def __init__(self, tau=2.0):
            super().__init__()
            self.tau, self.v, self.v_threshold, self.v_reset = tau, 0.0, 1.0, 0.0
            self.decay_input, self.detach_reset = True, True
            self.surrogate_function = surrogate.Sigmoid()

        def one_step(self, x):
            self.v = self.v + (x - self.v) / self.tau
            spike = self.surrogate_function(self.v - self.v_threshold)
            self.v = (1 - spike.detach()) * self.v
            return spike

    class MultiStepLIFNode(BaseNode):
        def forward(self, x):
            return torch.stack([self.one_step(x[t]) for t in range(x.shape[0])])

    for kind in (BaseNode, MultiStepLIFNode):
        kind.__module__ = "spikingjelly.clock_driven.neuron"
        kind.__qualname__ = kind.__name__
        setattr(packages["spikingjelly.clock_driven.neuron"], kind.__name__, kind)
    return MultiStepLIFNode


def test_a_neuron_with_a_class_for_all_steps(old_neurons):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm, self.lif, self.head = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), old_neurons(), nn.Linear(6, 3)

        def forward(self, x):
            x = x.unsqueeze(0).repeat(4, 1, 1, 1, 1)
            steps, samples = x.shape[:2]
            x = self.norm(self.conv(x.flatten(0, 1)))
            x = self.lif(x.reshape(steps, samples, *x.shape[1:]).contiguous())
            return self.head(x.flatten(-2).transpose(-1, -2).mean(2)).mean(0)

    torch.manual_seed(0)
    found = spikegraph.from_torch(Net(), 3 * example(2, 3, 7, 7))
    assert (found.compared.steps, found.compared.neurons, found.compared.gradients) == (4, 1, 6)
    assert "-> lif -> pool -> linear(3) -> mean(time)" in found.spec
