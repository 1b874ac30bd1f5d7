"""SNASNet's cells, forward and backward, against SpikingJelly's with the same weights."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from spikegraph.backends.torch.lowering import lower
from spikegraph.program.program import Program

from .peers import ZOO
from .spikingjelly_peers import randomise

OPERATIONS = {0: "zero", 1: "skip", 2: "c1", 3: "c3"}
EDGES = np.array([[0, 3, 2, 1], [2, 0, 1, 2], [1, 1, 0, 3], [3, 2, 1, 0]])
"""The operation from each node (row) to each node (column), as SpikingJelly writes an architecture."""
FORWARD = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
BACK = [(1, 0), (2, 0), (3, 0), (2, 1), (3, 1), (3, 2)]
W, STEPS = 4, 4


def forward_name(edge):
    """The edge of SNASNet-Fw, whose input is SpikingJelly's node 0."""
    source, node = edge
    return f"n{node - 1}", "prev" if source == 0 else f"n{source - 1}"


def backward_name(edge):
    source, node = edge
    return f"n{node}", f"n{source}" if source < node else f"previous(n{source})"


def architecture(back, names):
    """The genotype of a cell whose edges are those of the table."""
    nodes = {}
    for edge, (node, source) in names.items():
        nodes.setdefault(node, []).append(f"{OPERATIONS[EDGES[edge]]}({source})")
    if back:
        nodes["n0"].insert(0, "skip(prev)")
    return "sdhs 1\ngenotype cell {\n" + "".join(f"  {n} = {' + '.join(nodes[n])}\n" for n in sorted(nodes)) + "}\n"


@pytest.mark.parametrize("cell", ["fw", "bw"])
def test_a_cell_computes_what_spikingjellys_does(cell, tmp_path):
    """Norms of edges back in time give 0 for 0, since SpikingJelly leaves these edges out at the first step."""
    from spikingjelly.activation_based.model import snas_net

    back = cell == "bw"
    name = "snasnet_bw" if back else "snasnet_fw"
    named = backward_name if back else forward_name
    names = {edge: named(edge) for edge in (*FORWARD, *(BACK if back else ()))}
    path = tmp_path / "genotype.sdhs"
    path.write_text(architecture(back, names))
    program = Program.read(ZOO / f"{name}.sdhs", genotype=path, overrides=(f"{name}.time={STEPS}", f"{name}.C={W}"))
    built = program.build("retrain")
    model = lower(built.plain).double().eval()

    kind = snas_net.Neuronal_Cell_backward if back else snas_net.Neuronal_Cell
    peer = kind(SimpleNamespace(threshold=1.0, tau=4 / 3), W, W, EDGES)
    randomise(peer, 4.0)
    peer.double().eval()
    layers = dict(zip(FORWARD, peer.cell_architecture, strict=True))
    layers |= dict(zip(BACK, peer.cell_architecture_back, strict=True)) if back else {}
    weights = {
        k: torch.rand(v.shape, generator=torch.Generator().manual_seed(0)).double() for k, v in model.state_dict().items()
    }
    for edge, operation in layers.items():
        if isinstance(operation, torch.nn.Sequential):
            _, conv, norm = operation
            if edge in BACK:
                norm.bias.data.zero_()
                norm.running_mean.zero_()
            node, source = names[edge]
            stem = f"s[0].{node}.{source.replace('(', '_').rstrip(')')}.{OPERATIONS[EDGES[edge]]}"
            weights[f"{stem}.conv.weight"] = conv.weight.data
            for tensor in ("weight", "bias", "running_mean", "running_var"):
                weights[f"{stem}.norm.{tensor}"] = getattr(norm, tensor).data
    model.load_state_dict(weights)

    image = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    with torch.no_grad():
        last = f"s[0].n{3 if back else 2}"
        values, _ = model.run({"image": image}, wanted=("s.norm", last))
        wanted = torch.stack([peer(values["s.norm"]) for _ in range(STEPS)])
    assert wanted.std() > 0.1
    torch.testing.assert_close(values[last], wanted, rtol=1e-9, atol=1e-9)
