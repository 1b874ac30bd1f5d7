"""Training online: lists of spikes and traces between layers, and functions that take the gradient of another tensor."""

import pytest
import torch
from spikingjelly.activation_based import neuron, surrogate
from torch import nn

import spikegraph
from spikegraph.foreign.errors import ForeignError

from .examples import example


class Fire(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u):
        ctx.save_for_backward(u)
        return (u > 1).to(u.dtype)

    @staticmethod
    def backward(ctx, *gradients):
        (u,) = ctx.saved_tensors
        return gradients[0] * ((u - 1).abs() < 0.5)


class Instead(torch.autograd.Function):
    """Gives the second tensor; the gradient goes to both."""

    @staticmethod
    def forward(ctx, for_gradient, given):
        return given

    @staticmethod
    def backward(ctx, *gradients):
        return gradients[0], gradients[0]


class Traced(nn.Module):
    """A neuron that forgets how its potential came about, and keeps a trace of its spikes."""

    def __init__(self):
        super().__init__()
        self.v = self.trace = None

    def forward(self, x):
        v = torch.zeros_like(x) if self.v is None else self.v.detach()
        trace = torch.zeros_like(x) if self.trace is None else self.trace
        u = 0.5 * v + x
        spike = Fire.apply(u)
        self.v = u - spike.detach()
        self.trace = (0.5 * trace + spike).detach()
        return [spike, self.trace] if self.training else spike


class Pairs(nn.Sequential):
    """Layers with weights take the spikes, and their gradient goes to the traces."""

    def forward(self, input):
        x = input
        for layer in self:
            if not isinstance(x, list):
                x = layer(x)
                continue
            spike, trace = x
            if isinstance(layer, Traced | neuron.OTTTLIFNode):
                x = layer(spike)
            elif any(True for _ in layer.parameters()):
                with torch.no_grad():
                    given = layer(spike)
                x = Instead.apply(layer(Instead.apply(trace, spike)), given)
            else:
                x = [layer(spike), layer(trace)]
        return x


def network(first=Traced, second=Traced):
    torch.manual_seed(0)
    ends = nn.Conv2d(6, 4, 3, padding=1), second(), nn.Flatten(), nn.Linear(36, 3)
    return Pairs(nn.Conv2d(2, 6, 3, padding=1), first(), nn.MaxPool2d(2), *ends)


def images():
    return 3 * example(2, 2, 6, 6)


def jelly():
    return neuron.OTTTLIFNode(tau=2.0, surrogate_function=surrogate.Rect(1.0))


CHAIN = "conv(3, out = 6) -> lif -> pool(max) -> conv(3, out = 4) -> lif -> flatten -> linear(3)"


@pytest.mark.parametrize(("neurons", "text"), [(Traced, "u = 0.5 * detach(v[t-1]) + I"), (jelly, CHAIN)])
def test_results_and_spikes_are_equal_and_gradients_are_named_as_changed(neurons, text):
    found = spikegraph.from_torch(network(neurons, neurons), images(), approximate=True)
    assert found.compared.training
    assert (found.compared.neurons, found.compared.silent, found.compared.gradients) == (2, 0, 0)
    assert {change.affects for change in found.changed} == {"gradients"}
    first = "the module, Instead.apply: it gives one tensor, and its gradient to another too"
    assert found.changed[0].text == first
    assert text in found.spec


@pytest.mark.parametrize("neurons", [Traced, jelly])
def test_its_gradients_are_refused(neurons):
    with pytest.raises(ForeignError) as error:
        spikegraph.from_torch(network(neurons, neurons), images())
    assert error.value.summary == "the module, Instead.apply: it gives one tensor, and its gradient to another too"
    assert error.value.help == (
        "train it through time: results and spikes are the same, and the network's gradients those of backpropagation "
        "through time; or ask for an approximation"
    )


def test_an_online_neuron_in_evaluation():
    with pytest.raises(ForeignError, match=r"`1`, OTTTLIFNode: its gradients are those of online training, without the steps"):
        spikegraph.from_torch(network(jelly, jelly).eval(), images())
    found = spikegraph.from_torch(network(jelly, jelly).eval(), images(), approximate=True)
    assert (found.compared.neurons, found.compared.gradients) == (2, 0)


def test_potentials_without_a_gradient_come_in_by_hand():
    """In evaluation nothing but the potentials is detached, which a model of the language says."""
    found = spikegraph.from_torch(network().eval(), images())
    assert found.compared.gradients == 6
    assert "detach(v[t-1])" in found.spec


class Scaled(torch.autograd.Function):
    """One tensor, with twice its gradient: that of no other tensor."""

    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, *gradients):
        return 2 * gradients[0]


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.spike = nn.Conv2d(2, 3, 3), neuron.IFNode()

    def forward(self, x):
        return self.spike(Scaled.apply(self.conv(x)))


def test_a_function_of_one_tensor_is_still_refused():
    with pytest.raises(ForeignError, match=r"Scaled: its result isn't 0 or 1"):
        spikegraph.from_torch(Twice(), images(), approximate=True)
