"""VGG-16, ResNet-20, PLIF-Net and AutoSNN: sizes by hand, and outputs against SpikingJelly's layers."""

import math
from itertools import pairwise

import pytest
import torch
from torch import nn

from spikegraph.program.program import Program

from .peers import ZOO
from .spikingjelly_peers import compared

IMAGES = 2 * torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def parameters(name: str) -> int:
    genotype = ZOO / "genotypes" / f"{name}.sdhs"
    program = Program.read(ZOO / f"{name}.sdhs", genotype=genotype if genotype.exists() else None)
    weights = {layer: tensors for node in program.build("deploy").plain for layer, tensors in node.leaves.items()}
    plain = {layer: tensors for node in program.build("retrain").plain for layer, tensors in node.leaves.items()}
    assert weights.keys() <= plain.keys()
    return sum(math.prod(shape) for tensors in plain.values() for shape in tensors.values())


def chain(*widths: int, kernel: int = 3, bias: int = 1, norm: int = 0) -> int:
    """Parameters of convolutions, one after the other."""
    return sum(kernel**2 * a * b + bias * b + 2 * norm * b for a, b in pairwise(widths))


VGG = (3, *[64] * 2, *[128] * 2, *[256] * 3, *[512] * 6)


def srb(inside: int, out: int, kernel: int) -> int:
    shortcut = 0 if inside == out else inside * out + 2 * out
    return kernel**2 * (inside * out + out * out) + 4 * out + shortcut + 2  # two learned decays


def spikformer(c: int, blocks: int, classes: int) -> int:
    """Four convolutions to tokens and one of their position; in a block q, k, v, projection and two layers of width 4 c."""
    tokens = chain(3, c // 8, c // 4, c // 2, c, c, bias=0, norm=1)
    block = 4 * chain(c, c, kernel=1, norm=1) + chain(c, 4 * c, c, kernel=1, norm=1)
    return tokens + blocks * block + c * classes + classes


def autosnn(c: int) -> int:
    stem = 27 * c + 2 * c + 1
    blocks = srb(c, c, 5) + srb(c, 2 * c, 5) + srb(2 * c, 4 * c, 3) + srb(4 * c, 4 * c, 5)
    return stem + blocks + 4 * c * 16 * 100 + 1


@pytest.mark.parametrize(
    ("name", "by_hand", "count"),
    [
        ("vgg16", chain(*VGG, bias=0) + chain(25088, 4096, 4096, 1000, kernel=1, bias=0), 138_344_128),
        (
            "resnet20",
            chain(3, 64, 64, 64, bias=0)
            + chain(64, 64, 64, 64, 64, bias=0)
            + sum(chain(c, 2 * c, 2 * c, 2 * c, 2 * c, bias=0) + 2 * c * c for c in (64, 128, 256))
            + 512 * 4 * 10,
            11_253_440,
        ),
        ("plif_net", chain(3, *[256] * 6, bias=0, norm=1) + chain(256 * 64, 2048, 100, kernel=1, bias=0) + 8, 36_718_344),
        ("spikformer", spikformer(384, 4, 10), 9_324_730),
        ("autosnn128", autosnn(128), 20_916_874),
        ("autosnn64", autosnn(64), 5_436_746),
    ],
)
def test_sizes(name, by_hand, count):
    assert parameters(name) == by_hand == count


def test_the_space_of_autosnn_in_thirty_lines():
    text = (ZOO / "autosnn.sdhs").read_text(encoding="utf-8").split("\ndataset")[0]
    assert len([line for line in text.splitlines() if line.strip()]) <= 30
    graph = Program.read(ZOO / "autosnn.sdhs").build("search").plain
    shapes = {name: p.shape for node in graph for name, p in node.op.architecture(*graph.values(node)).items()}
    assert list(shapes.values()) == [(1, 5)] * 5


def soft(decay):
    from spikingjelly.activation_based import neuron

    return neuron.LIFNode(tau=1 / (1 - decay), decay_input=False, v_threshold=1.0, v_reset=None)


def vgg16():
    """SpikingJelly's VGG-16 with 4, 8, 16 and 32 channels, means in place of maxima and no biases, as Diet-SNN has."""
    from spikingjelly.activation_based import layer
    from spikingjelly.activation_based.model import spiking_vgg

    widths = {64: 4, 128: 8, 256: 16, 512: 32}
    config = [widths.get(v, v) for v in spiking_vgg.cfgs["D"]]
    features = spiking_vgg.SpikingVGG.make_layers(config, neuron=lambda: soft(0.9))
    for i, module in enumerate(features):
        if isinstance(module, layer.MaxPool2d):
            features[i] = layer.AvgPool2d(2, 2)
    linear = (layer.Linear(32, 16), soft(0.9), layer.Linear(16, 16), soft(0.9), layer.Linear(16, 10))
    peer = nn.Sequential(features, layer.Flatten(), *linear)
    for module in peer.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.bias = None
    return peer


def plif_net():
    """SpikingJelly's network for CIFAR10 with 4 channels and 16 hidden neurons, without biases."""
    from spikingjelly.activation_based import layer, neuron
    from spikingjelly.activation_based.model import parametric_lif_net

    peer = parametric_lif_net.CIFAR10Net(channels=4, spiking_neuron=neuron.ParametricLIFNode, init_tau=2.0)
    peer.conv_fc[-6], peer.conv_fc[-3] = layer.Linear(4 * 64, 16, bias=False), layer.Linear(16, 100, bias=False)
    return peer


class Residual(nn.Module):
    """A shortcut around layers, with a neuron behind the sum."""

    def __init__(self, layers, shortcut, last):
        super().__init__()
        self.layers, self.shortcut, self.last = layers, shortcut, last

    def forward(self, x):
        y = self.layers(x)
        return self.last(y + (x if self.shortcut is None else self.shortcut(x)))


def resnet20():
    """Rathi and Roy's ResNet-20 with 4 to 32 channels, of SpikingJelly's layers."""
    from spikingjelly.activation_based import layer

    def conv(a, b, kernel=3, stride=1):
        return layer.Conv2d(a, b, kernel, stride, kernel // 2, bias=False)

    made, width = [conv(3, 4), soft(0.9), conv(4, 4), soft(0.9), conv(4, 4), soft(0.9), layer.AvgPool2d(2)], 4
    for out in (4, 4, 8, 8, 16, 16, 32, 32):
        down = out != width
        shortcut = conv(width, out, 1, 2) if down else None
        inside = nn.Sequential(conv(width, out, 3, 2 if down else 1), soft(0.9), conv(out, out))
        made.append(Residual(inside, shortcut, soft(0.9)))
        width = out
    return nn.Sequential(*made, layer.Flatten(), layer.Linear(32 * 4, 10, bias=False))


def autosnn128():
    """The published architecture with a stem of 4 channels, of SpikingJelly's layers."""
    from spikingjelly.activation_based import layer, neuron

    def normed(a, b, kernel):
        return nn.Sequential(layer.Conv2d(a, b, kernel, 1, kernel // 2, bias=False), layer.BatchNorm2d(b))

    def fire():
        return neuron.ParametricLIFNode(init_tau=2.0)

    def block(a, b, kernel):
        inside = nn.Sequential(normed(a, b, kernel), fire(), normed(b, b, kernel))
        return Residual(inside, None if a == b else normed(a, b, 1), fire())

    blocks = (block(4, 4, 5), layer.MaxPool2d(2), block(4, 8, 5), layer.MaxPool2d(2), block(8, 16, 3), block(16, 16, 5))
    last = (layer.MaxPool2d(2), layer.Flatten(), layer.Linear(16 * 16, 100, bias=False), fire(), layer.VotingLayer(10))
    return nn.Sequential(normed(3, 4, 3), fire(), *blocks, *last)


@pytest.mark.parametrize(
    ("peer", "neuron", "gain"), [(vgg16, "lif", 4.0), (resnet20, "lif", 2.0), (plif_net, None, 6.0), (autosnn128, None, 6.0)]
)
def test_outputs_are_those_of_spikingjellys_layers_with_the_same_weights(peer, neuron, gain):
    """SpikingJelly's neurons fire at the threshold, which shortcuts and means of spikes reach exactly; Diet-SNN's above it."""
    name = peer.__name__
    genotype = ZOO / "genotypes" / f"{name}.sdhs"
    given = genotype if genotype.exists() else None
    changed = (f"{name}.time=5", *(() if neuron is None else (f"{neuron}.spike_at=reached",)))
    found, wanted = compared(name, peer(), IMAGES.expand(5, *IMAGES.shape), *changed, gain=gain, genotype=given)
    assert wanted.std() > 1e-2
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)
