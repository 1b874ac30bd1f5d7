"""SpikeYOLO against layers written here from the paper, with the same weights."""

import torch
import torch.nn.functional as F
from torch import nn

from .judge import agreement, parameters, size
from .layers import Each, Padded, Shortcut

torch.set_num_threads(1)


class Fire(nn.Module):
    """Luo et al., Eqs. 3 to 5 (I-LIF): as many spikes as the potential says, rounded, at most four; the rest decays."""

    fires = True

    def forward(self, x):
        u, y, spikes = torch.zeros_like(x[0]), torch.zeros_like(x[0]), []
        for current in x:
            u = 0.25 * (u - y) + current
            y = u.clamp(0, 4).round()
            spikes.append(y)
        return torch.stack(spikes)


def standard(a, b, kernel=3, stride=1):
    return nn.Sequential(Fire(), Each(nn.Conv2d(a, b, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(b)))


def one(a, b):
    return nn.Conv2d(a, b, 1, bias=False)


def alone(c, kernel, padding):
    return nn.Conv2d(c, c, kernel, 1, padding, groups=c, bias=False)


def separable(c):
    first = (Fire(), Each(one(c, 2 * c), nn.BatchNorm2d(2 * c)), Fire(), Each(alone(2 * c, 7, 3), nn.BatchNorm2d(2 * c)))
    return Shortcut(*first, Fire(), Each(Padded(2 * c), one(2 * c, c), alone(c, 3, 0), nn.BatchNorm2d(c)))


def rep(a, b):
    return nn.Sequential(Fire(), Each(one(a, a), Padded(a), alone(a, 3, 0), one(a, b), nn.BatchNorm2d(b), nn.BatchNorm2d(b)))


def wide(c):
    return nn.Sequential(separable(c), Shortcut(standard(c, 4 * c), standard(4 * c, c)))


def divided(c, ratio=3):
    return nn.Sequential(separable(c), Shortcut(rep(c, ratio * c), rep(ratio * c, c)))


def down(a, b):
    return nn.Sequential(Fire(), Each(nn.Conv2d(a, b, 3, 2, 1), nn.BatchNorm2d(b)))


class Pyramid(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.first, self.pool, self.last = standard(c, c // 2, 1), Each(nn.MaxPool2d(5, 1, 2)), standard(2 * c, c, 1)

    def forward(self, x):
        maps = [self.first(x)]
        for _ in range(3):
            maps.append(self.pool(maps[-1]))
        return self.last(torch.cat(maps, 2))


class Detect(nn.Module):
    def __init__(self, c, w, bins, classes):
        super().__init__()

        def branch(hidden, out):
            return nn.Sequential(standard(c, hidden), standard(hidden, hidden), Fire(), Each(nn.Conv2d(hidden, out, 1)))

        self.box, self.what = branch(4 * bins, 4 * bins), branch(2 * w, classes)

    def forward(self, x):
        return torch.cat((self.box(x), self.what(x)), 2).mean(0)


class Network(nn.Module):
    """Luo et al., Fig. 2: four stages, and the way up and down again through the three last ones."""

    def __init__(self, w, bins, classes):
        super().__init__()
        stem = Each(nn.Conv2d(3, w, 7, 4, 2), nn.BatchNorm2d(w))
        self.b3 = nn.Sequential(stem, wide(w), down(w, 2 * w), wide(2 * w), wide(2 * w))
        self.b4 = nn.Sequential(down(2 * w, 4 * w), *(divided(4 * w) for _ in range(3)))
        self.b5 = nn.Sequential(down(4 * w, 8 * w), divided(8 * w, 2), Pyramid(8 * w))
        self.n5, self.u4, self.n4, self.u3 = standard(8 * w, 4 * w, 1), divided(4 * w), standard(8 * w, 2 * w, 1), wide(2 * w)
        self.p3 = nn.Sequential(standard(4 * w, 2 * w, 1), wide(2 * w))
        self.d4, self.p4, self.d5, self.p5 = (
            standard(2 * w, 2 * w, 3, 2),
            divided(4 * w),
            standard(4 * w, 4 * w, 3, 2),
            divided(8 * w, 1),
        )
        self.detect = nn.ModuleList(Detect(c * w, w, bins, classes) for c in (2, 4, 8))

    def forward(self, x):
        def twice(x):
            return F.interpolate(x.flatten(0, 1), scale_factor=2).unflatten(0, x.shape[:2])

        b3 = self.b3(x)
        b4 = self.b4(b3)
        n5 = self.n5(self.b5(b4))
        n4 = self.n4(torch.cat((self.u4(twice(n5)), b4), 2))
        p3 = self.p3(torch.cat((self.u3(twice(n4)), b3), 2))
        p4 = self.p4(torch.cat((self.d4(p3), n4), 2))
        p5 = self.p5(torch.cat((self.d5(p4), n5), 2))
        found = [detect(p) for detect, p in zip(self.detect, (p3, p4, p5), strict=True)]
        return torch.cat([v.flatten(1) for v in found], 1)


def test_the_size_and_spikes_are_those_of_a_network_with_the_same_weights():
    assert parameters("spike_yolo") == size(lambda: Network(64, 16, 80)) == 23_153_008
    images = 2 * torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    small = (f"spike_yolo.{value}" for value in ("W=4", "bins=2", "classes=5", "size=64", "time=2"))
    found = agreement("spike_yolo", Network(4, 2, 5), images.expand(2, *images.shape), *small, profile=None)
    assert found.holds(), found
