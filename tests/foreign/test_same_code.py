"""When two modules run the same code: pairs of texts that do, and pairs that differ in one thing each."""

import pytest
import torch
from torch import nn

from spikegraph.backends.torch.foreign.same_code import same_code

TEXT = """
import math

import torch
from torch import nn

WIDTH = 3


def doubled(x, by=2):
    return x * by * math.sqrt(WIDTH)


def rounded(bits):
    levels = 2**bits

    def of(x):
        return torch.round(x * levels) / levels

    return of


class Fire(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return (x > 0).float()

    @staticmethod
    def backward(ctx, grad):
        return grad / 2


class Base(nn.Module):
    def both(self, x):
        return x + self.shift


class Layer(Base):
    def __init__(self):
        super().__init__()
        self.shift, self.sizes, self.act = 0.5, (1, 2), rounded(3)
        self.weight = nn.Parameter(torch.zeros(3))
        self.register_buffer("seen", torch.zeros(2))

    def forward(self, x):
        return Fire.apply(self.act(self.both(doubled(x)))) + sum(y for y in self.sizes)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(Layer(), nn.Linear(3, 4), nn.BatchNorm1d(4))

    def forward(self, x):
        return self.layers(x)
"""


def made(text=TEXT):
    names = {"__name__": "net"}
    exec(compile(text, "net.py", "exec", dont_inherit=True), names)
    return names["Net"]()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("return grad / 2", "return (  # half\n            grad / 2\n        )"),
        ("WIDTH = 3", "WIDTH = 3\nHEIGHT = 4"),
        ("class Net", "def another():\n    return doubled(1)\n\n\nclass Net"),
    ],
    ids=["nothing", "lines", "constant", "function"],
)
def test_what_makes_no_difference(old, new):
    """Also numbers of tensors, and whether the network is trained."""
    other = made(TEXT.replace(old, new) if old else TEXT).eval()
    nn.init.ones_(other.layers[0].weight)
    assert same_code(made(), other)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return grad / 2", "return grad / 3"),
        ("(x > 0)", "(x >= 0)"),
        ("by=2", "by=3"),
        ("WIDTH = 3", "WIDTH = 3.0"),
        ("rounded(3)", "rounded(4)"),
        ("2**bits", "3**bits"),
        ("torch.round", "torch.floor"),
        ("import math", "import cmath as math"),
        ("x + self.shift", "x - self.shift"),
        ("class Layer(Base)", "class Layer(nn.Sequential, Base)"),
        ("for y in self.sizes", "for y in self.sizes[:1]"),
        ("(1, 2)", "[1, 2]"),
        ("torch.zeros(3)", "torch.ones(3)"),
        ("nn.Linear(3, 4)", "nn.Linear(3, 4, bias=False)"),
        ("nn.Linear(3, 4)", "nn.Bilinear(3, 3, 4)"),
        ("BatchNorm1d(4)", "BatchNorm1d(4, eps=0.1)"),
        ("    def both", "    def also(self):\n        return 1\n\n    def both"),
        ("WIDTH = 3", "WIDTH = 3\nsum = len"),
    ],
)
def test_what_makes_one(old, new):
    assert TEXT.count(old) == 1
    assert not same_code(made(), made(TEXT.replace(old, new)))


def _attribute(net):
    net.layers[0].shift = 0.25


def _deep_attribute(net):
    net.layers[1].in_features = 4


def _method(net):
    net.layers[0].both = lambda x: x


def _of_the_class(net):
    type(net.layers[0]).both = lambda self, x: x


def _global(net):
    type(net).forward.__globals__["WIDTH"] = 4


def _subclass(net):
    net.layers[1].__class__ = type("Linear", (nn.Linear,), {})


def _hook(net):
    net.layers[1].register_forward_pre_hook(lambda layer, x: None)


def _shape(net):
    net.layers[0].weight = nn.Parameter(torch.zeros(4))


def _buffer(net):
    net.layers[0].seen = None


def _moved(net):
    net.more = net.layers[0]


def _parametrized(net):
    nn.utils.parametrizations.weight_norm(net.layers[1])


@pytest.mark.parametrize(
    "change",
    [_attribute, _deep_attribute, _method, _of_the_class, _global, _subclass, _hook, _shape, _buffer, _moved, _parametrized],
)
def test_what_is_changed_after_loading(change):
    one, other = made(), made()
    assert same_code(one, other)
    change(other)
    assert not same_code(one, other)
    assert not same_code(other, one)
