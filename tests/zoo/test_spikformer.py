"""Spikformer against a network written here of SpikingJelly's neurons, with the same weights."""

import torch
from torch import nn

from .spikingjelly_peers import compared


def fire(threshold=1.0):
    from spikingjelly.activation_based import neuron

    return neuron.LIFNode(tau=2.0, decay_input=True, v_threshold=threshold)


def normed(inside, out, kernel, *, bias):
    from spikingjelly.activation_based import layer

    conv = layer.Conv2d(inside, out, kernel, 1, kernel // 2, bias=bias)
    return nn.Sequential(conv, layer.BatchNorm2d(out), fire())


class Encoder(nn.Module):
    """Zhou et al., Eqs. 5 to 8: attention without softmax over the pixels of a time step, then two layers, each with a sum."""

    def __init__(self, c, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v = (normed(c, c, 1, bias=True) for _ in range(3))
        self.fire, self.last = fire(0.5), normed(c, c, 1, bias=True)
        self.layers = nn.Sequential(normed(c, 4 * c, 1, bias=True), normed(4 * c, c, 1, bias=True))

    def forward(self, x):
        steps, batch, c, height, width = x.shape
        shape = (steps, batch, self.heads, c // self.heads, height * width)
        q, k, v = (part(x).reshape(shape).transpose(-1, -2) for part in (self.q, self.k, self.v))  # [..., pixels, channels]
        mixed = 0.125 * (q @ k.transpose(-1, -2)) @ v
        y = x + self.last(self.fire(mixed.transpose(-1, -2).reshape(x.shape)))
        return y + self.layers(y)


class Network(nn.Module):
    def __init__(self, c, heads):
        super().__init__()
        from spikingjelly.activation_based import layer

        self.tokens = nn.ModuleList(
            normed(a, b, 3, bias=False) for a, b in ((3, c // 8), (c // 8, c // 4), (c // 4, c // 2), (c // 2, c))
        )
        self.pool, self.position = layer.MaxPool2d(3, 2, 1), normed(c, c, 3, bias=False)
        self.encoder, self.head = Encoder(c, heads), layer.Linear(c, 10)

    def forward(self, x):
        for i, tokens in enumerate(self.tokens):
            x = tokens(x)
            x = self.pool(x) if i >= 2 else x
        x = x + self.position(x)
        return self.head(self.encoder(x).mean((-1, -2)))


def test_outputs_are_those_of_a_network_with_the_same_weights():
    images = 2 * torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    changed = ("spikformer.time=4", "lif.spike_at=reached")
    found, wanted = compared("spikformer", Network(16, 2), images.expand(4, *images.shape), *changed, gain=3.0)
    assert wanted.std() > 1e-2
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)
