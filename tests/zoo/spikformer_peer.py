"""Spikformer as a network of SpikingJelly's neurons (Zhou et al., ICLR 2023)."""

from itertools import pairwise

from torch import nn


def fire(threshold=1.0):
    from spikingjelly.activation_based import neuron

    return neuron.LIFNode(tau=2.0, decay_input=True, v_threshold=threshold, detach_reset=True)


def normed(inside, out, kernel, *, bias, halved=False):
    from spikingjelly.activation_based import layer

    stride, padding = (2, 0) if halved else (1, kernel // 2)
    conv = layer.Conv2d(inside, out, kernel, stride, padding, bias=bias)
    return nn.Sequential(conv, layer.BatchNorm2d(out), fire())


class Encoder(nn.Module):
    """Zhou et al., Eqs. 5 to 8: attention without softmax over the pixels of a time step, then two layers, each with a sum."""

    def __init__(self, c, heads, ratio=4.0, *, bias):
        super().__init__()
        self.heads, hidden = heads, int(ratio * c)
        self.q, self.k, self.v = (normed(c, c, 1, bias=bias) for _ in range(3))
        self.fire, self.last = fire(0.5), normed(c, c, 1, bias=True)
        self.layers = nn.Sequential(normed(c, hidden, 1, bias=True), normed(hidden, c, 1, bias=True))

    def forward(self, x):
        steps, batch, c, height, width = x.shape
        shape = (steps, batch, self.heads, c // self.heads, height * width)
        q, k, v = (part(x).reshape(shape).transpose(-1, -2) for part in (self.q, self.k, self.v))  # [..., pixels, channels]
        mixed = 0.125 * (q @ k.transpose(-1, -2)) @ v
        y = x + self.last(self.fire(mixed.transpose(-1, -2).reshape(x.shape)))
        return y + self.layers(y)


class Network(nn.Module):
    """`encoders` are arguments of `Encoder`; the stem's first layers are those of the width `widest`."""

    def __init__(self, c, encoders, *, halvings, bias, classes=10, widest=None):
        super().__init__()
        from spikingjelly.activation_based import layer

        w = widest or c
        self.tokens = nn.ModuleList(normed(a, b, 3, bias=False) for a, b in pairwise((3, w // 8, w // 4, w // 2, c)))
        self.pool, self.position = layer.MaxPool2d(3, 2, 1), normed(c, c, 3, bias=False)
        self.encoder = nn.Sequential(*(Encoder(c, *each, bias=bias) for each in encoders))
        self.head, self.halvings = layer.Linear(c, classes), halvings

    def forward(self, x):
        for i, tokens in enumerate(self.tokens):
            x = tokens(x)
            x = self.pool(x) if i >= 4 - self.halvings else x
        x = x + self.position(x)
        return self.head(self.encoder(x).mean((-1, -2))).mean(0)
