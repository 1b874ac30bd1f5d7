"""SpikingResformer against layers written here from the paper's equations, with the same weights and firing rates."""

import torch
from torch import nn

from .judge import agreement, parameters, size
from .layers import Each, Fire, Mean

torch.set_num_threads(1)


def fire():
    return Fire(0.5, gain=0.5, reached=True)


def normed(a, b, kernel, stride=1, padding=0, groups=1):
    return Each(nn.Conv2d(a, b, kernel, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(b))


class Rate(nn.Module):
    """Divides by sqrt(rate * n); the rate of each head is a running mean, which begins with that of the first batch."""

    def __init__(self, heads):
        super().__init__()
        self.register_buffer("rate", torch.zeros(heads))

    def tensors(self):
        return {"running_rate": self.rate}

    def forward(self, x, of, n):
        if self.training:
            now = of.mean((0, 1, 3, 4))
            before = self.rate if self.rate.any() else now
            self.rate = 0.999 * before + 0.001 * now
        rate = torch.where(self.rate == 0, 1, self.rate)
        return x / (rate * n).sqrt().reshape(-1, 1, 1)


class Attention(nn.Module):
    """Shi et al., Eqs. 8 to 12: products of patches and spikes of tokens, and of these and other features of the patches."""

    def __init__(self, c, heads, patch):
        super().__init__()
        self.heads, self.first, self.pairs, self.last = heads, fire(), fire(), fire()
        self.y, self.z = normed(c, c, patch, patch), normed(c, c, patch, patch)
        self.rate, self.rate2, self.project = Rate(heads), Rate(heads), normed(c, c, 1)

    def forward(self, x):
        s = self.first(x)
        y, z, tokens = (v.flatten(3).unflatten(2, (self.heads, -1)) for v in (self.y(s), self.z(s), s))
        pairs = self.pairs(self.rate(y.transpose(-1, -2) @ tokens, tokens, tokens.shape[3]))
        mixed = self.rate2(z @ pairs, pairs, pairs.shape[3])
        return self.project(self.last(mixed.reshape(x.shape))) + x


class Layers(nn.Module):
    """Shi et al., Eq. 13: two layers on each token, and a convolution in groups between them with a shortcut."""

    def __init__(self, c, group):
        super().__init__()
        self.up = nn.Sequential(fire(), normed(c, 4 * c, 1))
        self.across = nn.Sequential(fire(), normed(4 * c, 4 * c, 3, 1, 1, 4 * c // group))
        self.down = nn.Sequential(fire(), normed(4 * c, c, 1))

    def forward(self, x):
        y = self.up(x)
        return self.down(self.across(y) + y) + x


class Network(Mean):
    def __init__(self, w, classes):
        made, before = [normed(3, w, 7, 2, 3), Each(nn.MaxPool2d(3, 2, 1))], 1
        for factor, patch, count in ((1, 4, 1), (3, 2, 2), (6, 1, 3)):
            made += [] if factor == 1 else [fire(), normed(before * w, factor * w, 3, 2, 1)]
            made += [layer for _ in range(count) for layer in (Attention(factor * w, factor, patch), Layers(factor * w, w))]
            before = factor
        super().__init__(*made, Each(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6 * w, classes, bias=False)))


def test_the_size_and_spikes_are_those_of_a_network_with_the_same_weights():
    assert parameters("spiking_resformer") == size(lambda: Network(64, 1000)) == 11_180_992
    images = 2 * torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    peer = Network(4, 10)
    found = agreement(
        "spiking_resformer", peer, images.expand(3, *images.shape), "spiking_resformer.time=3", gain=4.0, modes=(True, False)
    )
    assert found.holds(), found
