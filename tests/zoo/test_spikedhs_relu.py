"""The ReLU network of the paper's section 4.1.2 against loops over its cells."""

import torch
import torch.nn.functional as F

from .loops import Loops, judged
from .peers import ZOO

GENOTYPE = ZOO / "genotypes" / "spikedhs_relu.sdhs"
CHOSEN = {"n0": ("prev2.c3", "prev.c3"), "n1": ("prev2.c3", "prev.c5"), "n2": ("n0.c3", "n1.c3")}
"""The published feature cell: the two edges of each node."""


def network(loops: Loops, image: torch.Tensor) -> dict[str, torch.Tensor]:
    """Cells that take the two before; each node is a ReLU of a sum of ReLUs."""

    def layer(name: str, x: torch.Tensor, stride: int = 1) -> torch.Tensor:
        return F.relu(loops.norm(f"{name}.norm", loops.conv(f"{name}.conv", x, stride=stride)))

    before = [layer("stem", image, 2)] * 2
    for cell in range(8):
        reduced = cell in (2, 5)
        height = before[1].shape[-1] // (2 if reduced else 1)
        values = {"prev2": before[0], "prev": before[1]}
        for node, edges in CHOSEN.items():
            sources = [(edge, values[edge.split(".")[0]]) for edge in edges]
            ways = [layer(f"cells[{cell}].{node}.{edge}", x, x.shape[-1] // height) for edge, x in sources]
            values[node] = F.relu(ways[0] + ways[1])
        before = [before[1], torch.cat([values[node] for node in CHOSEN], 1)]
    return {"logits": loops.linear("logits.linear", before[1].mean((-1, -2)))}


def test_values_and_gradients():
    image = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    spikes, difference = judged("spikedhs_relu", network, {"image": image}, profile="sample", genotype=GENOTYPE)
    assert spikes == 0
    assert difference < 1e-9
