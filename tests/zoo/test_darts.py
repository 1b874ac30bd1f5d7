"""DARTS' published cells: their size, and their outputs against a network written here with the same weights."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from spikegraph.program.program import Program

from .peers import ZOO, follow
from .spikingjelly_peers import randomise

CELLS = {
    "normal": [[("sep3", 0), ("sep3", 1)], [("sep3", 0), ("sep3", 1)], [("skip", 0), ("sep3", 1)], [("skip", 0), ("dil3", 2)]],
    "reduction": [[("max", 0), ("max", 1)], [("max", 1), ("skip", 2)], [("max", 0), ("skip", 2)], [("max", 1), ("skip", 2)]],
}
"""For each node its operations and their sources: 0 and 1 are the cells before, 2 is the first node (Liu et al., Fig. 4, 5)."""
GENOTYPE = ZOO / "genotypes" / "darts.sdhs"


def normed(inside, out, stride=1):
    return nn.Sequential(nn.ReLU(), nn.Conv2d(inside, out, 1, stride, bias=False), nn.BatchNorm2d(out))


def depthwise(c, stride=1, dilation=1):
    conv = nn.Conv2d(c, c, 3, stride, dilation, dilation, groups=c, bias=False)
    return nn.Sequential(nn.ReLU(), conv, nn.Conv2d(c, c, 1, bias=False), nn.BatchNorm2d(c))


def operation(name, c, stride):
    if name == "sep3":
        return nn.Sequential(depthwise(c, stride), depthwise(c))
    if name == "dil3":
        return depthwise(c, stride, 2)
    return nn.MaxPool2d(3, stride, 1) if name == "max" else nn.Identity()


class Cell(nn.Module):
    def __init__(self, kind, before2, before, c, halved):
        super().__init__()
        self.kind = kind
        self.first = nn.ModuleList([normed(before2, c, 2 if halved else 1), normed(before, c)])
        down = kind == "reduction"
        self.nodes = nn.ModuleList(
            nn.ModuleList(operation(name, c, 2 if down and source < 2 else 1) for name, source in node) for node in CELLS[kind]
        )

    def forward(self, x, y):
        states = [self.first[0](x), self.first[1](y)]
        for node, terms in zip(self.nodes, CELLS[self.kind], strict=True):
            states.append(sum(op(states[source]) for op, (_, source) in zip(node, terms, strict=True)))
        return torch.cat(states[2:], 1)


class Network(nn.Module):
    """Twenty cells, of which the seventh and the fourteenth reduce; a stem of 3 W channels and a linear classifier."""

    def __init__(self, width):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 3 * width, 3, 1, 1, bias=False), nn.BatchNorm2d(3 * width))
        cells, before2, before, halved = [], 3 * width, 3 * width, False
        for i in range(20):
            kind = "reduction" if i in (6, 13) else "normal"
            width *= 2 if kind == "reduction" else 1
            cells.append(Cell(kind, before2, before, width, halved))
            before2, before, halved = before, 4 * width, kind == "reduction"
        self.cells, self.last = nn.ModuleList(cells), nn.Linear(before, 10)

    def forward(self, x):
        x = y = self.stem(x)
        for cell in self.cells:
            x, y = y, cell(x, y)
        return self.last(F.adaptive_avg_pool2d(y, 1).flatten(1))


def test_the_published_size():
    graph = Program.read(ZOO / "darts.sdhs", genotype=GENOTYPE).build("retrain").plain
    weights = {layer: tensors for node in graph for layer, tensors in node.leaves.items()}
    count = sum(math.prod(shape) for tensors in weights.values() for shape in tensors.values())
    assert count == sum(p.numel() for p in Network(36).parameters()) == 3_349_342


def test_outputs_are_those_of_a_network_with_the_same_weights():
    peer = Network(4)
    randomise(peer)
    peer.double().eval()
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with torch.no_grad():
        model = follow("darts", peer, images, overrides=["darts.time=1"], profile="sample", genotype=GENOTYPE)
        found, wanted = model(images), peer(images)
    assert wanted.std() > 1e-2
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)
