"""The spiking U-Net against layers of torch that are wired as in Ronneberger et al., Fig. 1, with the same weights."""

import torch
from torch import nn

from .judge import agreement, parameters, size
from .layers import Each, Fire

torch.set_num_threads(1)


def two(inside, out):
    def conv(a):
        return Each(nn.Conv2d(a, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out))

    return nn.Sequential(conv(inside), Fire(0.5), conv(out), Fire(0.5))


class Network(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        widths = [width * 2**i for i in range(5)]
        self.down = nn.ModuleList(two(a, b) for a, b in zip([3, *widths], widths, strict=False))
        self.up = nn.ModuleList(Each(nn.ConvTranspose2d(2 * n, n, 2, 2)) for n in widths[-2::-1])
        self.joined = nn.ModuleList(two(2 * n, n) for n in widths[-2::-1])
        self.pool, self.last = Each(nn.MaxPool2d(2)), Each(nn.Conv2d(width, classes, 1))

    def forward(self, x):
        kept = []
        for i, layers in enumerate(self.down):
            x = layers(x if i == 0 else self.pool(x))
            kept.append(x)
        for up, layers, skip in zip(self.up, self.joined, kept[-2::-1], strict=True):
            x = layers(torch.cat((skip, up(x)), 2))
        return self.last(x).mean(0)


def test_spikes_are_those_of_a_network_with_the_same_weights():
    images = 2 * torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    small = ("unet.time=3", "unet.W=2", "unet.size=32", "unet.classes=5")
    found = agreement("unet", Network(2, 5), images.expand(3, *images.shape), *small, gain=3.0, profile=None)
    assert found.holds(), found


def test_the_size():
    assert parameters("unet") == size(lambda: Network(64, 21)) == 31_038_933
