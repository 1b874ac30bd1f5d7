"""Meta-SpikeFormer against layers written here from the paper, with the same weights."""

from itertools import pairwise

import torch
from torch import nn

from .judge import agreement, parameters, size
from .layers import Each, Fire, Mean, Padded, Shortcut

torch.set_num_threads(1)


def fire(threshold=1.0):
    return Fire(0.5, threshold, gain=0.5, reached=True)


def conv(a, b, kernel, stride=1, *, bias=False, groups=1):
    return nn.Conv2d(a, b, kernel, stride, kernel // 2, bias=bias, groups=groups)


def rep(c):
    """A 1 x 1 convolution, one of 3 x 3 of each channel alone without zeros around it, and another one of 1 x 1."""
    inside = nn.Conv2d(c, c, 3, groups=c, bias=False)
    return Each(conv(c, c, 1), Padded(c), inside, conv(c, c, 1), nn.BatchNorm2d(c), nn.BatchNorm2d(c))


class Attention(nn.Module):
    """Yao et al., Eqs. 10 to 14 (SDSA-3): q (k^T v) of spikes in each head."""

    def __init__(self, c, heads):
        super().__init__()
        self.heads, self.first, self.fire, self.project = heads, fire(), fire(0.5), rep(c)
        self.parts = nn.ModuleList(nn.Sequential(rep(c), fire()) for _ in range(3))

    def forward(self, x):
        s = self.first(x)
        q, k, v = (part(s).flatten(3).unflatten(2, (self.heads, -1)).transpose(-1, -2) for part in self.parts)
        mixed = 0.125 * q @ (k.transpose(-1, -2) @ v)
        return x + self.project(self.fire(mixed.transpose(-1, -2).reshape(x.shape)))


def mlp(c):
    first = Each(conv(c, 4 * c, 1, bias=True), nn.BatchNorm2d(4 * c))
    return Shortcut(fire(), first, fire(), Each(conv(4 * c, c, 1, bias=True), nn.BatchNorm2d(c)))


def conv_block(c):
    """Eqs. 4 to 6: a separable convolution, and two of 3 x 3."""
    separable = Each(conv(2 * c, 2 * c, 7, groups=2 * c), conv(2 * c, c, 1), nn.BatchNorm2d(c))
    first = Shortcut(fire(), Each(conv(c, 2 * c, 1), nn.BatchNorm2d(2 * c)), fire(), separable)
    wide = Each(conv(c, 4 * c, 3), nn.BatchNorm2d(4 * c))
    return nn.Sequential(first, Shortcut(fire(), wide, fire(), Each(conv(4 * c, c, 3), nn.BatchNorm2d(c))))


class Network(Mean):
    def __init__(self, w, heads, blocks, classes):
        widths = [w // 8, w // 4, w // 2, w, 5 * w // 4]
        made = [Each(conv(3, w // 8, 7, 2, bias=True), nn.BatchNorm2d(w // 8)), conv_block(w // 8)]
        for i, (a, b) in enumerate(pairwise(widths)):
            made += [fire(), Each(conv(a, b, 3, 1 if i == 3 else 2, bias=True), nn.BatchNorm2d(b))]
            count = (1, 2, blocks, 2)[i]
            made += [conv_block(b) if i < 2 else nn.Sequential(Attention(b, heads), mlp(b)) for _ in range(count)]
        super().__init__(*made, Each(nn.AdaptiveAvgPool2d(1), nn.Flatten()), fire(), Each(nn.Linear(widths[-1], classes)))


def test_the_size_and_spikes_are_those_of_a_network_with_the_same_weights():
    assert parameters("meta_spikeformer") == size(lambda: Network(512, 8, 6, 1000)) == 55_350_248
    images = 2 * torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x = images.expand(2, *images.shape)
    found = agreement("meta_spikeformer", Network(16, 2, 1, 10), x, gain=4.0)
    assert found.holds(), found
