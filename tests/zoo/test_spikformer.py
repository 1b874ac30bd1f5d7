"""Spikformer, Spikformer V2 and networks of Auto-Spikformer against networks of SpikingJelly's neurons, weights copied."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from spikegraph.analysis.layers import roles
from spikegraph.program.program import Program

from .judge import agreement, parameters, size
from .peers import ZOO
from .spikformer_peer import Encoder, Network, normed


class Stage(nn.Module):
    """Of V2's stem."""

    def __init__(self, inside, c):
        super().__init__()
        self.halved = normed(inside, c, 2, bias=False, halved=True)
        self.layers = nn.Sequential(normed(c, 4 * c, 3, bias=False), normed(4 * c, c, 3, bias=False))

    def forward(self, x):
        y = self.halved(x)
        return y + self.layers(y)


class Second(nn.Module):
    """Spikformer V2."""

    def __init__(self, c, heads, *, blocks, classes=10):
        super().__init__()
        widths = (3, c // 8, c // 4, c // 2, c)
        self.stem = nn.Sequential(*(Stage(a, b) for a, b in pairwise(widths)))
        self.encoder = nn.Sequential(*(Encoder(c, heads, bias=False) for _ in range(blocks)))
        self.head = nn.Linear(c, classes)

    def forward(self, x):
        return self.head(self.encoder(self.stem(x)).mean((-1, -2))).mean(0)


@pytest.mark.parametrize(
    ("name", "size", "halvings", "blocks", "bias"), [("spikformer", 32, 2, 1, True), ("spikformer_imagenet", 64, 4, 2, False)]
)
def test_spikes_are_those_of_a_network_with_the_same_weights(name, size, halvings, blocks, bias):
    images = 2 * torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    peer = Network(16, [(2,)] * blocks, halvings=halvings, bias=bias)
    changed = (f"{name}.time=4", f"{name}.blocks={blocks}")
    found = agreement(name, peer, images.expand(4, *images.shape), *changed, gain=4.0)
    assert found.holds(), found


def test_the_published_size():
    peer = size(lambda: Network(512, [(8,)] * 8, halvings=4, bias=False, classes=1000))
    assert parameters("spikformer_imagenet") == peer == 29_689_384


def test_what_spikingjellys_builder_lacks():
    """Biases, 9 for each channel of a block. Its maxima also stand before the neurons, and the authors' behind them."""
    from spikingjelly.activation_based.model import spikformer

    assert parameters("spikformer") == size(spikformer.spikformer_cifar10) + 4 * 9 * 384 == 9_324_730


def test_the_second_versions_spikes_are_those_of_a_network_with_the_same_weights():
    images = 2 * torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    changed = ("spikformer_v2.time=4", "spikformer_v2.blocks=2")
    found = agreement("spikformer_v2", Second(16, 2, blocks=2), images.expand(4, *images.shape), *changed, gain=4.0)
    assert found.holds(), found


@pytest.mark.parametrize(("width", "heads", "published"), [(512, 8, "51.55"), (384, 6, "29.11")])
def test_the_second_versions_published_sizes(width, heads, published):
    peer = size(lambda: Second(width, heads, blocks=8, classes=1000))
    overrides = (f"spikformer_v2.W={width}", f"spikformer_v2.heads={heads}")
    assert parameters("spikformer_v2", *overrides) == peer
    assert f"{peer / 1e6:.2f}" == published


FOUND = {
    "": (240, [(12, 4), (12, 4), (6, 3.5), (6, 4)], 3_878_578),
    "_narrow": (240, [(12, 3.5), (12, 3), (12, 3.5), (12, 3.5)], 3_646_738),
    "_shallow": (384, [(6, 3.5), (6, 3)], 5_320_954),
}
"""Width, heads and ratios in the authors' files, and the parameters."""


@pytest.mark.parametrize("name", FOUND)
def test_networks_that_auto_spikformer_found(name, tmp_path):
    width, encoders, count = FOUND[name]
    genotype = ZOO / "genotypes" / f"auto_spikformer{name}.sdhs"
    built = Program.read(ZOO / "auto_spikformer.sdhs", genotype=genotype).build("retrain")
    assert (
        sum(roles(built.plain).values()) == size(lambda: Network(width, encoders, halvings=2, bias=True, widest=384)) == count
    )
    small = 24 if width == 384 else 12  # as wide as the widest one, or narrower
    peer = Network(small, encoders, halvings=2, bias=True, widest=24)
    narrow = tmp_path / "genotype.sdhs"
    narrow.write_text(genotype.read_text(encoding="utf-8").replace(f"= {width}", f"= {small}"), encoding="utf-8")
    images = 2 * torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    changed = ("auto_spikformer.time=4", "auto_spikformer.widest=24", "search.W=any(12, 24)")
    found = agreement("auto_spikformer", peer, images.expand(4, *images.shape), *changed, gain=4.0, genotype=narrow)
    assert found.holds(), found
