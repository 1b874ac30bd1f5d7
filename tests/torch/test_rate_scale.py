"""The scale by a firing rate, against the attention of SpikingResformer in plain PyTorch, trained for several batches."""

import math
from copy import deepcopy

import pytest
import torch
from one_operation import inputs_of, model_of, streamed
from torch import nn

from spikegraph.backends.torch.model import Model
from spikegraph.program.program import Program

HEADS, CHANNELS, SIDE, PATCH = 2, 4, 4, 2
TEXT = """sdhs 1
neuron half { decay = 0  threshold = 0.5 }
network net {
  input x : real[4, 4, 4]
  s = x -> half
  y = s -> conv(2, out = 4, stride = 2, padding = 0, bias = false)
  z = s -> conv(2, out = 4, stride = 2, padding = 0, bias = false)
  pairs = product(y, s, heads = 2, transpose = right) -> rate_scale(s, heads = 2, momentum = 0.25) -> half
  both = product(pairs, z, heads = 2, transpose = left) -> rate_scale(pairs, heads = 2, terms = positions, momentum = 0.25)
  output o = both -> reshape(channels = 4, size = [4, 4])
}
"""


class Attention(nn.Module):
    """Dual spike self-attention, written from its equations."""

    def __init__(self, y, z):
        super().__init__()
        self.y, self.z = nn.Parameter(y), nn.Parameter(z)
        self.rates = {"x": None, "pairs": None}

    def rate(self, name, spikes):
        """The running rate of each head, of spikes [T, N, heads, ...]."""
        if self.training:
            now = torch.stack([spikes[:, :, h].detach().mean() for h in range(HEADS)])
            before = now if self.rates[name] is None else self.rates[name]
            self.rates[name] = 0.75 * before + 0.25 * now
        return self.rates[name]

    def forward(self, x, fire):
        s = fire(x)
        heads = s.flatten(3).unflatten(2, (HEADS, -1))
        y, z = (
            nn.functional.conv2d(s.flatten(0, 1), w, stride=PATCH)
            .unflatten(0, s.shape[:2])
            .flatten(3)
            .unflatten(2, (HEADS, -1))
            for w in (self.y, self.z)
        )
        scale = 1 / torch.sqrt(self.rate("x", heads) * (CHANNELS // HEADS))
        pairs = fire(torch.einsum("tnhcp,tnhcq->tnhpq", y, heads) * scale[:, None, None])
        scale = 1 / torch.sqrt(self.rate("pairs", pairs) * (SIDE // PATCH) ** 2)
        out = torch.einsum("tnhcp,tnhpq->tnhcq", z, pairs) * scale[:, None, None]
        return out.flatten(2, 3).unflatten(3, (SIDE, SIDE))


def networks():
    torch.manual_seed(0)
    model = Model(Program.of_text(TEXT, "net.sdhs").checked().build("retrain").graph).double()
    fire = model_of("neuron", {"neuron": {"decay": 0, "threshold": 0.5}}, (1,))
    theirs = Attention(model.y.weight.detach().clone(), model.z.weight.detach().clone())

    def fired(x):
        """The neuron's spikes, whose surrogate isn't what is judged here."""
        return fire(x.reshape(len(x), -1, 1)).reshape(x.shape)

    return model, lambda x: theirs(x, fired), theirs


def batches(count):
    random = torch.Generator().manual_seed(1)
    return [torch.randn(3, 2, CHANNELS, SIDE, SIDE, dtype=torch.float64, generator=random) for _ in range(count)]


def test_training_and_evaluation_are_those_of_dual_spike_self_attention():
    model, theirs, module = networks()
    for x in batches(3):
        model.train()
        module.train()
        y, wanted = model(x), theirs(x)
        torch.testing.assert_close(y, wanted, rtol=0, atol=1e-12)
        weights = torch.randn(y.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
        ours = torch.autograd.grad((weights * y).sum(), (model.y.weight, model.z.weight))
        for one, other in zip(ours, torch.autograd.grad((weights * wanted).sum(), (module.y, module.z)), strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=1e-11)
    rates = model.get_buffer("pairs.rate_scale.running_rate"), model.get_buffer("both.running_rate")
    for rate, other in zip(rates, (module.rates["x"], module.rates["pairs"]), strict=True):
        assert 0 < rate.min() < rate.max() < 1
        torch.testing.assert_close(rate, other, rtol=0, atol=1e-12)
    model.eval()
    module.eval()
    (x,) = batches(1)
    torch.testing.assert_close(model(10 * x), theirs(10 * x), rtol=0, atol=1e-12)
    assert torch.equal(model.get_buffer("pairs.rate_scale.running_rate"), rates[0])


def test_a_network_goes_on_from_its_rates():
    """A copy with the same `state_dict` trains on like the first."""
    model, _, _ = networks()
    first, second = batches(2)
    model.train()(first)
    other = networks()[0].train()
    other.load_state_dict(deepcopy(model.state_dict()))
    assert torch.equal(model(second), other(second))
    assert all(torch.equal(a, b) for a, b in zip(model.buffers(), other.buffers(), strict=True))
    assert list(dict(model.named_buffers())) == ["pairs.rate_scale.running_rate", "both.running_rate"]


def test_silent_heads_and_step_by_step():
    model = model_of("rate_scale", {"heads": 2, "terms": 9}, (4, 3), (2, 5))
    x, of = inputs_of(model, spikes=True)
    of[:, :, 0] = 0
    y = model.train()(x, of)
    rate = of[:, :, 1].mean()
    torch.testing.assert_close(y[:, :, :2], x[:, :, :2] / 3)
    torch.testing.assert_close(y[:, :, 2:], x[:, :, 2:] / (9 * rate).sqrt())
    assert model.get_buffer("y.running_rate").tolist() == [0, pytest.approx(rate.item())]
    of[:, :, 0] = 1
    model(x, of)
    assert model.get_buffer("y.running_rate")[0] == 1  # the first rate of this head
    torch.testing.assert_close(streamed(model.eval(), [x, of]), model(x, of))
    assert math.isclose(model(x, of).max(), 1 / math.sqrt(9 * rate), rel_tol=1e-12)


def test_frozen_rates_stay():
    model = model_of("rate_scale", {}, (4, 3), (2, 5))
    x, of = inputs_of(model)
    model.get_buffer("y.running_rate").fill_(0.25)
    model.y.hold()
    torch.testing.assert_close(model.train()(x, of), x / math.sqrt(0.25 * 2))
    assert model.get_buffer("y.running_rate").item() == 0.25
