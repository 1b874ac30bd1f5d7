"""Neurons whose evaluation has no gradients, as those of SpikingJelly before 2.0: gradients are compared in training."""

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.foreign.errors import ForeignError

from .test_layers import example


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
    assert str(told.value).startswith("`0.weight` has no gradient in the module, but one in the spec (help: ")


def test_gradients_that_training_lacks_are_refused(monkeypatch):
    from spikingjelly.activation_based import neuron

    forward = neuron.LIFNode.multi_step_forward
    monkeypatch.setattr(neuron.LIFNode, "multi_step_forward", lambda self, x: forward(self, x).detach())
    with pytest.raises(ForeignError) as told:
        spikegraph.from_torch(network(), 3 * example(4, 2, 3, 8, 8))
    assert str(told.value).startswith("`0.weight` has no gradient in the module, but one in the spec (help: ")
