"""ResNet-34: its size by hand."""

import math
from pathlib import Path

from spikegraph.program import Program

SPEC = Path(__file__).parents[2] / "specs" / "zoo" / "resnet34.sdhs"
STAGES = ((1, 3), (2, 4), (4, 6), (8, 3))
"""Width relative to the first stage's, and blocks, of each stage (He et al., Table 1)."""


def size(width, classes):
    """Parameters of convolutions without bias, of a norm behind each, and of the classifier."""
    total, before = 3 * width * 49 + 2 * width, width
    for factor, blocks in STAGES:
        out = factor * width
        for block in range(blocks):
            total += (before if block == 0 else out) * out * 9 + out * out * 9 + 4 * out
            if block == 0 and before != out:
                total += before * out + 2 * out
        before = out
    return total + before * classes + classes


def test_the_published_size_in_thirty_lines():
    graph = Program.read(SPEC).checked().build("retrain").plain
    weights = {name: tensors for node in graph for name, tensors in node.leaves.items()}
    count = sum(math.prod(shape) for tensors in weights.values() for shape in tensors.values())
    assert count == size(64, 1000) == 21_797_672
    assert len([line for line in SPEC.read_text().splitlines() if line]) <= 30
