"""Layers that are called several times become blocks whose uses share their weights."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import spikegraph

from .examples import example, taken_over


class Gates(nn.Module):
    """Channels times the sum of one perceptron of two poolings, as attention by channels has it."""

    def __init__(self, channels, squeezed):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.mlp = nn.Sequential(nn.Conv2d(channels, squeezed, 1), nn.ReLU(), nn.Conv2d(squeezed, channels, 1))
        self.largest = nn.AdaptiveMaxPool2d(1)

    def forward(self, x):
        x = self.first(x)
        return x * torch.sigmoid(self.mlp(F.adaptive_avg_pool2d(x, 1)) + self.mlp(self.largest(x)))


class Twice(nn.Module):
    """Layers that are called twice in turn."""

    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(self.layers(x))


class Beside(nn.Module):
    """A module that calls a layer of another one, which a third one has too."""

    def __init__(self, shared):
        super().__init__()
        self.first, self.norm, self.shared, self.act = nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), shared, nn.ReLU()

    def forward(self, x):
        return self.act(self.shared(self.norm(self.first(x))))


GATES = """# gates.Gates, taken over from PyTorch.
sdhs 1

neuron act {
  model = relu
}

block shared_mlp(x) {
  weights = shared
  param out = 2
  return x -> linear(out)
}

block shared_mlp2(x) {
  weights = shared
  param out = 4
  return x -> linear(out)
}

block gates(x) {
  weights = own
  param out  = 4
  param out2 = 2
  first = x     -> conv(3, out = out)
  mlp   = first -> pool -> shared_mlp(out = out2) -> act -> shared_mlp2(out = out)
  mlp2  = first -> reduce(over = space, by = max) -> shared_mlp(out = out2) -> act -> shared_mlp2(out = out)
  h     = add(mlp, mlp2) -> sigmoid
  return mul(first, h)
}

network sequential {
  input x : real[4, 8, 8]
  time = 1
  h    = x  -> gates
  h2   = h  -> conv(1, out = 6)
  h3   = h2 -> gates(out = 6, out2 = 3)
  output y = h3 -> gates(out = 6, out2 = 3)
}
"""


def seeded(make):
    torch.manual_seed(0)
    return make()


def test_each_use_of_a_block_shares_its_own_layer():
    module = seeded(lambda: nn.Sequential(Gates(4, 2), nn.Conv2d(4, 6, 1), Gates(6, 3), Gates(6, 3)))
    found = taken_over(module, example(2, 4, 8, 8))
    assert found.spec.partition("\n")[2] == GATES.partition("\n")[2]
    assert found.origins["h3.shared_mlp2.linear.weight"].name == "2.mlp.2.weight"
    assert len(found.weights) == len(module.state_dict())


def test_running_statistics_change_at_each_call():
    module = seeded(lambda: Twice(nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)))
    found = taken_over(module, example(2, 3, 8, 8))
    assert "output y = x -> shared_layers -> shared_layers2 -> shared_layers -> shared_layers2" in found.spec
    mine, x = found.model().train(), example(2, 3, 8, 8, seed=1)
    module.train()
    mine(x[None] if mine.graph.time is None else x)
    module(x)
    assert torch.allclose(mine.state_dict()["shared_layers2.norm.running_var"], module.layers[1].running_var)


def test_a_layer_of_several_modules_keeps_them_from_being_a_block():
    shared = seeded(lambda: nn.Conv2d(4, 4, 1))
    module = nn.Sequential(nn.Conv2d(3, 4, 1), Beside(shared), Beside(shared), Beside(shared))
    found = spikegraph.from_torch(module.eval(), example(2, 3, 9, 9))
    assert found.spec.count("-> shared_shared") == 3
    assert "block beside" not in found.spec


@pytest.mark.parametrize("kind", [nn.Linear, nn.Conv2d])
def test_one_sample_of_each_kind(kind):
    layer = seeded(lambda: kind(4, 4) if kind is nn.Linear else kind(4, 4, 3, padding=1))
    size = (2, 4) if kind is nn.Linear else (2, 4, 8, 8)
    found = taken_over(Twice(layer, nn.ReLU()), example(*size))
    assert len(found.weights) == 2


class Own(nn.Linear):
    """A linear layer whose code calls the function."""

    def forward(self, input):
        return F.linear(input, self.weight, self.bias)


class OwnConv(nn.Conv2d):
    """A convolution whose code calls the function."""

    def forward(self, input):
        return F.conv2d(input, self.weight, self.bias, self.stride, self.padding)


def test_functions_with_a_layers_own_weights():
    module = seeded(lambda: nn.Sequential(OwnConv(3, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), Own(256, 3, bias=False)))
    found = taken_over(module, example(2, 3, 8, 8))
    assert "output y = h2 -> linear(3, bias = false)" in found.spec
    assert {origin.name for origin in found.origins.values()} == {"0.weight", "0.bias", "3.weight"}


class Both(nn.Module):
    """A layer, and a function with its weights."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        return F.linear(torch.relu(self.layer(x)), self.layer.weight, self.layer.bias)


def test_a_function_with_the_weights_of_a_layer():
    found = taken_over(seeded(Both), example(2, 4))
    assert "output y = x -> shared_layer -> act -> shared_layer" in found.spec
    assert [origin.name for origin in found.origins.values()] == ["layer.weight", "layer.bias"]
