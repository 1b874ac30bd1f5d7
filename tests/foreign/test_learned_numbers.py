"""Numbers that neurons of a module's own code learn: which of them are those of channels, and what they are called."""

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.foreign.errors import ForeignError

from .by_hand.firing import Slope
from .refused import said


class Learning(nn.Module):
    """A convolution, and neurons whose thresholds are learned, for [T, N, 2, H, W]."""

    def __init__(self, shape, name="limit", view=lambda x: x):
        super().__init__()
        self.conv, self.name, self.view = nn.Conv2d(2, 4, 3, padding=1), name, view
        self.register_parameter(name, nn.Parameter(torch.rand(shape) + 0.2))

    def forward(self, x):
        limit, spikes = self.view(getattr(self, self.name)), []
        v = torch.zeros(x.shape[1], 4, *x.shape[3:])
        for now in x:
            v = 0.5 * v + self.conv(now)
            y = Slope.apply(v - limit)
            v = v - y * limit
            spikes.append(y)
        return torch.stack(spikes)


@pytest.mark.parametrize(
    ("shape", "view"),
    [
        ((4, 1, 1), lambda x: x),
        ((1, 4, 1, 1), lambda x: x),
        ((4,), lambda x: x.view(-1, 1, 1)),
        ((4, 1), lambda x: x[None, ..., None]),
    ],
)
def test_one_number_for_each_channel(shape, view):
    torch.manual_seed(0)
    module = Learning(shape, view=view)
    found = spikegraph.from_torch(module, 4 * torch.rand(3, 2, 2, 4, 4))
    assert "per = channel" in found.spec
    x = 4 * torch.rand(5, 3, 2, 4, 4)
    assert torch.allclose(found.model()(x), module(x), rtol=0, atol=1e-5)


@pytest.mark.parametrize("width", [3, 4])
def test_one_number_for_each_column(width):
    """Also where there are as many columns as channels."""
    torch.manual_seed(0)
    with pytest.raises(ForeignError) as told:
        spikegraph.from_torch(Learning((width,)), 4 * torch.rand(3, 2, 2, 4, width))
    text = f"`limit` has the shape [{width}] (help: use one number for the layer, or one for each channel, [4, 1, 1])"
    assert said(told.value).endswith(text)


WORDS = ("number", "emit", "case", "decay_input", "spike_at", "neuron", "true", "time", "previous", "sigmoid", "Ω", "I")


@pytest.mark.parametrize("name", WORDS)
def test_words_of_the_language_as_names(name):
    torch.manual_seed(0)
    found = spikegraph.from_torch(Learning((1,), name), 4 * torch.rand(3, 2, 2, 4, 4))
    assert name in {origin.name for origin in found.origins.values()}
