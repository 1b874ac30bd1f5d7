"""Spiking transformers against SpikingJelly's builders with the same weights."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from .judge import agreement, parameters, size

torch.set_num_threads(1)

IMAGES = 2 * torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def parted(layers):
    """A layer that gives q, k and v, or q and k, together, and the norm behind it, as layers and norms of their own."""
    taken, layers = [], iter(layers)
    for layer in layers:
        parts = layer.out_channels // layer.in_channels if isinstance(layer, nn.Conv1d) else 1
        if parts in (2, 3):
            pairs = zip(*([Tensors(**part) for part in _parts(each, parts)] for each in (layer, next(layers))), strict=True)
            taken += [each for pair in pairs for each in pair]
        else:
            taken.append(layer)
    return taken


def _parts(layer, count):
    """The tensors of each part of a layer's channels."""
    chunks = {name: value.chunk(count) for name, value in layer.state_dict().items() if value.dim()}
    return [{name: values[i] for name, values in chunks.items()} for i in range(count)]


class Tensors(nn.Module):
    """Tensors of a part of a layer."""

    def __init__(self, **tensors):
        super().__init__()
        for name, value in tensors.items():
            self.register_buffer(name, value)


def without_biases(*parts):
    """The authors' convolutions to tokens have no bias."""
    for module in (module for part in parts for module in part.modules()):
        if isinstance(module, nn.Conv2d):
            module.bias = None


def spike_driven(width=16, blocks=2, classes=10):
    from spikingjelly.activation_based.model import spike_driven_transformer

    peer = spike_driven_transformer.SpikeDrivenTransformer(embed_dims=width, depths=blocks, num_classes=classes)
    for stage in (*peer.patch_embed.stages, peer.patch_embed.final_stage):
        without_biases(stage[0])
    return peer


def max_former(width=16, heads=2, blocks=2, classes=10):
    """With the attention that the authors have, which SpikingJelly only has in its network for CIFAR."""
    from spikingjelly.activation_based.model import maxformer

    peer = maxformer.MaxFormer(embed_dims=width, depths=(1, 2, blocks), num_classes=classes)
    for block in peer.stage3:
        block.attn = maxformer._MaxCifarSSA(width, heads, None, {})
    without_biases(peer.patch_embed1, peer.patch_embed2, peer.patch_embed3)
    return peer


def qkformer(width=16, heads=2, blocks=2, classes=10):
    """With a bias in the last layer of each attention, as the authors have it."""
    from spikingjelly.activation_based.model import qkformer

    peer = qkformer.QKFormer(num_classes=classes, embed_dims=width, num_heads=(heads,) * 3, depths=(1, 2, blocks))
    without_biases(peer.patch_embed1, peer.patch_embed2, peer.patch_embed3)
    for module in peer.modules():
        if hasattr(module, "proj_conv_bn"):
            last = module.proj_conv_bn[0]
            last.bias = nn.Parameter(torch.zeros(last.out_channels))
    return peer


class Spikingformer(nn.Module):
    """Of SpikingJelly's parts: blocks as those of Max-Former; neurons and maxima stand before the first convolutions."""

    def __init__(self, width=16, heads=2, blocks=2, classes=10):
        super().__init__()
        from spikingjelly.activation_based import layer, neuron
        from spikingjelly.activation_based.model import maxformer

        def normed(a, b):
            return (layer.Conv2d(a, b, 3, 1, 1, bias=False), layer.BatchNorm2d(b))

        widths, made = (width // 8, width // 4, width // 2, width, width), [*normed(3, width // 8)]
        for a, b in pairwise(widths):
            made += [neuron.LIFNode(tau=2.0), layer.MaxPool2d(3, 2, 1), *normed(a, b)]
        self.tokens = nn.Sequential(*made)
        self.blocks = nn.Sequential(*(maxformer._SSABlock(width, heads, 4, None, {}, cifar=True) for _ in range(blocks)))
        for block in self.blocks:
            block.attn = maxformer._MaxCifarSSA(width, heads, None, {})
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        return self.head(self.blocks(self.tokens(x)).flatten(3).mean((0, 3)))


@pytest.mark.parametrize(
    ("name", "peer", "count"),
    [
        ("spike_driven", lambda: spike_driven(384, 8, 1000), 16_816_024),
        ("max_former", lambda: max_former(384, 6, 7, 1000), 16_237_240),
        ("qkformer", lambda: qkformer(384, 6, 7, 1000), 16_473_688),
        ("spikingformer", lambda: Spikingformer(512, 8, 8, 1000), 29_689_384),
    ],
)
def test_sizes_are_those_of_spikingjellys_parts(name, peer, count):
    assert parameters(name) == size(peer) == count


@pytest.mark.parametrize(
    ("name", "peer"),
    [("spike_driven", spike_driven), ("max_former", max_former), ("qkformer", qkformer), ("spikingformer", Spikingformer)],
)
def test_spikes_are_those_of_spikingjellys_builder(name, peer):
    x = IMAGES.expand(3, *IMAGES.shape)
    found = agreement(name, peer(), x, f"{name}.time=3", f"{name}.blocks=2", gain=4.0, parts=parted)
    assert found.holds(), found
