"""Layers that code makes where it calls them are what they compute, unless they hold something."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import spikegraph

from .examples import example, taken_over
from .refused import Refused, net, says

refused = Refused()


class Nearest(nn.Module):
    """A map of another size."""

    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        return F.interpolate(x, self.size)


class Net(nn.Module):
    """Makes containers, layers of PyTorch and of its own in `forward`; the one with weights is its own."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.act = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), [nn.ReLU()]

    def forward(self, x):
        half = [n // 2 for n in x.shape[-2:]]
        y = nn.Sequential(Nearest(half), self.conv, self.norm)(x)
        y = nn.MaxPool2d(2)(self.act[0](y))
        self.larger = nn.Upsample(scale_factor=2)
        return nn.AvgPool2d(2)(self.larger(y)) + nn.SiLU()(y)


def test_layers_without_weights():
    """`taken_over` compares results, gradients and statistics in float64."""
    torch.manual_seed(0)
    found = taken_over(Net(), example(2, 3, 8, 8) - 0.5)
    assert {"conv.weight", "norm.running_mean"} <= {origin.name for origin in found.origins.values()}
    assert "resize(x, x, down = 2)" in found.spec
    assert "pool(max)" in found.spec
    assert "upsample -> pool(avg)" in found.spec
    assert "u = I * sigmoid(I)" in found.spec


def test_means_of_neighbouring_channels():
    """As SNASNet has them behind its classifier."""

    def mean(self, x):
        return nn.AvgPool1d(4)(self.conv(x).flatten(1).unsqueeze(1)).squeeze(1)

    found = taken_over(*net(mean))
    assert "flatten -> vote(4)" in found.spec


def test_a_place_that_is_empty_in_evaluation():
    """SpikeDHS returns the result of its auxiliary head in training, and None else."""
    found = spikegraph.from_torch(*net(lambda self, x: (self.conv(x), None)))
    assert "output y = x -> conv(3, out = 4)" in found.spec


@refused("the module returns another number of results in evaluation than in training (help: call `module.eval()` first)")
def a_place_that_is_filled_in_training():
    def compute(self, x):
        y = self.conv(x)
        return y, y if self.training else None

    return net(compute)


def outside(layer):
    return (
        f"the module: its code calls a layer with weights or a state that is no part of it, {layer} "
        "(help: make it in `__init__`, as an attribute of the module or in a ModuleList)"
    )


@refused(outside("PReLU"))
def weights():
    return net(lambda self, x: nn.Sequential(nn.MaxPool2d(2), nn.PReLU())(self.conv(x)))


@refused(outside("BatchNorm2d"))
def statistics():
    return net(lambda self, x: nn.BatchNorm2d(4, affine=False)(self.conv(x)))


@refused(outside("IFNode"))
def neurons():
    neuron = pytest.importorskip("spikingjelly.activation_based.neuron")
    return net(lambda self, x: neuron.IFNode()(self.conv(x)))


@refused(outside("Conv2d"))
def in_a_list():
    return net(lambda self, x: self.more[0](self.conv(x)), more=[nn.Conv2d(4, 4, 1)])


@pytest.mark.parametrize(("function", "text"), refused.cases)
def test_refused(function, text):
    says(function, text)
