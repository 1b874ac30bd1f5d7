"""Tables of modules that can't be imported, each with the exact text of its error."""

import re

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.foreign.errors import ForeignError


class Net(nn.Module):
    """Layers by name, and what is computed with them: `compute(self, *inputs)`."""

    def __init__(self, compute, **layers):
        super().__init__()
        self.compute = compute
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, *inputs):
        return self.compute(self, *inputs)


class Step(nn.Module):
    """A linear layer and a neuron, whose state is taken and returned."""

    def __init__(self, neuron):
        super().__init__()
        self.fc, self.lif = nn.Linear(3, 4), neuron

    def forward(self, x, mem=None):
        return self.lif(self.fc(x), mem)


def image(*leading):
    """An example of one image with 3 channels, or of several."""
    return torch.rand(*leading or (1,), 3, 8, 8)


def after_conv(*layers):
    """Layers behind a convolution, and an image."""
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), *layers), image()


def net(compute, **layers):
    """A convolution and what is computed with it, and an image."""
    return Net(compute, conv=nn.Conv2d(3, 4, 3, padding=1), **layers), image()


def after_linear(*layers, mode="s"):
    """SpikingJelly's layers behind a linear one, in evaluation, and an example of one step or of several."""
    from spikingjelly.activation_based import functional, layer

    net = nn.Sequential(layer.Linear(3, 4), *layers).eval()
    functional.set_step_mode(net, mode)
    return net, torch.rand(2, 3) if mode == "s" else torch.rand(5, 2, 3)


class Refused:
    """The modules of a file of tests; each function that is decorated gives a module, its example, and perhaps options."""

    def __init__(self):
        self.cases = []

    def __call__(self, text):
        def add(function):
            self.cases.append(pytest.param(function, text, id=function.__name__))
            return function

        return add


def text_of(function):
    """The text of the error that a module gives."""
    module, example, *options = function()
    with pytest.raises(ForeignError) as told:
        spikegraph.from_torch(module, example, **dict(*options))
    return said(told.value)


def said(error):
    """The text of an error without the line of code that it names, which `test_refused_lines.py` is about."""
    assert len(error.details) <= 1
    assert all(re.fullmatch(r"at \w+\.py:\d+", line) for line in error.details)
    return f"{error.message} (help: {error.help})"


def says(function, text):
    """Checks the text of a module's error, in which a line of code is LINE; it is one line, and never asks for a report."""
    told = re.sub(r"(\w\.py):\d+", r"\1:LINE", text_of(function))
    assert told == text
    assert "\n" not in told
    assert "report" not in told
