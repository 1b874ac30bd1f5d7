"""Residual networks whose shortcuts add potentials or the spikes of bottlenecks, against SpikingJelly's builders."""

import pytest
import torch
from torch import nn

from .judge import agreement, parameters, size
from .layers import Each, Fire, Mean
from .spikingjelly_peers import integrate

torch.set_num_threads(1)

IMAGES = 2 * torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
REACHED = "lif.spike_at=reached"
"""SpikingJelly's neurons fire at the threshold, and those of MS-ResNet's authors above it."""


def ms_resnet(blocks):
    from spikingjelly.activation_based.model import ms_resnet

    return ms_resnet.MSResNet(num_classes=10, layers=blocks, base_channels=4)


def max_resnet():
    from spikingjelly.activation_based.model import ms_resnet

    how = {"stem_kernel_size": 3, "stem_stride": 1, "stage_channels": (8, 16, 32), "base_channels": 4}
    return ms_resnet.MaxResNet(num_classes=10, layers=(3, 3, 2), **how)


def sew_resnet50(classes=10):
    from spikingjelly.activation_based.model import sew_resnet

    return Mean(sew_resnet.sew_resnet50(cnf="ADD", num_classes=classes, **integrate()))


def published(name):
    """SpikingJelly's network of this name, at the published size."""
    from spikingjelly.activation_based.model import ms_resnet

    return getattr(ms_resnet, name)()


@pytest.mark.parametrize(
    ("name", "count"),
    [("ms_resnet18", 11_693_736), ("ms_resnet34", 21_801_896), ("max_resnet18", 12_502_090), ("sew_resnet50", 25_557_032)],
)
def test_sizes_are_those_of_spikingjellys_builder(name, count):
    peer = size(lambda: sew_resnet50(1000) if name == "sew_resnet50" else published(name))
    assert parameters(name) == peer == count


@pytest.mark.parametrize(
    ("name", "peer", "changed"),
    [
        ("ms_resnet18", lambda: ms_resnet((2, 2, 2, 2)), ("ms_resnet18.W=4", "ms_resnet18.time=3", REACHED)),
        ("ms_resnet34", lambda: ms_resnet((3, 4, 6, 3)), ("ms_resnet34.W=4", "ms_resnet34.time=3", REACHED)),
        ("max_resnet18", max_resnet, ("max_resnet18.W=4", "max_resnet18.time=3")),
        ("sew_resnet50", sew_resnet50, ("sew_resnet50.W=64", "sew_resnet50.time=2")),
    ],
)
def test_spikes_are_those_of_spikingjellys_builder(name, peer, changed):
    x = IMAGES.expand(2 if name == "sew_resnet50" else 3, *IMAGES.shape)
    found = agreement(name, peer(), x, *changed)
    assert found.holds(), found


class Block(nn.Module):
    """Hu et al., Fig. 2: a neuron before each of two convolutions; a mean over windows first where the shortcut has one."""

    def __init__(self, a, b, stride):
        super().__init__()
        pooled = (nn.AvgPool2d(2), nn.Conv2d(a, b, 1, bias=False), nn.BatchNorm2d(b))
        self.shortcut = Each(*pooled) if stride == 2 else nn.Identity()
        first = Each(nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b))
        second = Each(nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b))
        self.layers = nn.Sequential(Fire(0.25, 0.5), first, Fire(0.25, 0.5), second)

    def forward(self, x):
        short = self.shortcut(x)
        return self.layers(x) + short


def ms_resnet104(width, classes):
    convs = (nn.Conv2d(3, width, 3, 2, 1), nn.Conv2d(width, width, 3, 1, 1), nn.Conv2d(width, width, 3, 1, 1))
    blocks, before = [], width
    for factor, count in ((1, 3), (2, 8), (4, 32), (8, 8)):
        for i in range(count):
            blocks.append(Block(before, factor * width, 1 if i else 2))
            before = factor * width
    last = (Fire(0.25, 0.5), Each(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes)))
    return Mean(Each(*convs, nn.BatchNorm2d(width)), *blocks, *last)


def test_a_hundred_layers():
    assert parameters("ms_resnet104") == size(lambda: ms_resnet104(64, 1000)) == 77_350_504
    small = ("W=4", "time=2", "drop=0")
    found = agreement(
        "ms_resnet104", ms_resnet104(4, 10), IMAGES.expand(2, *IMAGES.shape), *(f"ms_resnet104.{v}" for v in small)
    )
    assert found.holds(), found


class Weights(nn.Module):
    """The weights of a layer of vectors, from a convolution with a window of one pixel."""

    def __init__(self, conv):
        super().__init__()
        self.register_buffer("weight", conv.weight.flatten(1))


def vectors(layers):
    return [Weights(layer) if isinstance(layer, nn.Conv3d) else layer for layer in layers]


def att_ms_resnet(width, classes):
    from spikingjelly.activation_based.model import masnn

    return masnn.AttMSResNet(T=1, num_classes=classes, base_channels=width, dropout=0.0)


def test_blocks_that_weigh_channels_and_positions():
    assert parameters("att_ms_resnet18") == size(lambda: att_ms_resnet(64, 1000)) == 11_867_960
    changed = ("att_ms_resnet18.drop=0", REACHED)
    found = agreement("att_ms_resnet18", att_ms_resnet(8, 10), IMAGES.unsqueeze(0), *changed, gain=3.0, parts=vectors)
    assert found.holds(), found
