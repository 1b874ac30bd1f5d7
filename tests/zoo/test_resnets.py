"""Residual networks: their sizes by hand, and their outputs against SpikingJelly's networks with the same weights."""

import math

import pytest
import torch
import torchvision

from spikegraph.program.program import Program

from .peers import ZOO, follow
from .spikingjelly_peers import compared, integrate, lif, randomise, resnet19

torch.set_num_threads(1)


def parameters(name: str, *overrides: str) -> int:
    graph = Program.read(ZOO / f"{name}.sdhs", overrides=overrides).build("retrain").plain
    weights = {layer: tensors for node in graph for layer, tensors in node.leaves.items()}
    return sum(math.prod(shape) for tensors in weights.values() for shape in tensors.values())


def convolutions(width: int, stages: tuple[tuple[int, int], ...]) -> int:
    """Parameters of the residual stages, (width, blocks) each, whose convolutions have no bias and a norm behind each."""
    total = 0
    for out, blocks in stages:
        for _ in range(blocks):
            total += (width * out + out * out) * 9 + 4 * out
            total += 0 if width == out else width * out + 2 * out
            width = out
    return total


@pytest.mark.parametrize(
    ("name", "by_hand", "published"),
    [
        ("resnet18", 27 * 64 + 128 + convolutions(64, ((64, 2), (128, 2), (256, 2), (512, 2))) + 5130, 11_173_962),
        ("resnet19", 27 * 64 + 128 + convolutions(64, ((128, 3), (256, 3), (512, 2))) + 513 * 256 + 257 * 10, 12_630_858),
        (
            "resnet34_large",
            147 * 128 + 256 + convolutions(128, ((128, 3), (256, 4), (512, 6), (1024, 3))) + 1025 * 1000,
            86_110_824,
        ),
        ("sew_resnet18", None, 11_689_512),
        ("sew_resnet34", None, 21_797_672),
    ],
)
def test_sizes(name, by_hand, published):
    assert parameters(name) == published
    assert by_hand in (None, published)


@pytest.mark.parametrize("layers", [18, 34])
def test_sew_resnets_have_the_size_of_torchvisions_residual_networks(layers):
    peer = getattr(torchvision.models, f"resnet{layers}")()
    assert parameters(f"sew_resnet{layers}") == sum(p.numel() for p in peer.parameters())


def sew(layers):
    from spikingjelly.activation_based.model import sew_resnet

    return getattr(sew_resnet, f"sew_resnet{layers}")(cnf="ADD", num_classes=10, **integrate())


def resnet34():
    from spikingjelly.activation_based.model import spiking_resnet

    return spiking_resnet.spiking_resnet34(num_classes=1000, **lif(0.25, 0.5))


def resnet18():
    """SpikingJelly's network for ImageNet with the first layers of those for CIFAR."""
    from spikingjelly.activation_based import layer
    from spikingjelly.activation_based.model import spiking_resnet

    peer = spiking_resnet.spiking_resnet18(num_classes=10, **lif(0.2, 0.5))
    peer.conv1, peer.maxpool = layer.Conv2d(3, 64, 3, 1, 1, bias=False), torch.nn.Identity()
    return peer


@pytest.mark.parametrize(
    ("name", "peer", "size", "width"),
    [
        ("resnet18", resnet18, 16, 64),
        ("resnet19", resnet19, 16, 16),
        ("resnet34", resnet34, 32, None),
        ("sew_resnet18", lambda: sew(18), 32, 64),
        ("sew_resnet34", lambda: sew(34), 32, 64),
    ],
)
def test_outputs_are_those_of_spikingjellys_blocks_with_the_same_weights(name, peer, size, width):
    images = 2 * torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    profile = None if width is None else "sample"
    changed = (f"{name}.time=3", *(() if width is None else (f"{name}.W={width}",)))
    found, wanted = compared(name, peer(), images.expand(3, *images.shape), *changed, profile=profile)
    assert wanted.std() > 1e-2
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("cnf", "old", "new"), [("AND", "add(x, a", "mul(x, a"), ("IAND", "add(x, a", "iand(a")])
def test_sew_blocks_that_multiply(cnf, old, new, tmp_path):
    """SEW blocks with AND, and with IAND: the input where the block's neurons are silent (Fang et al., Table 1)."""
    from spikingjelly.activation_based import functional
    from spikingjelly.activation_based.model.sew_resnet import BasicBlock

    text = (ZOO.parent / "lib" / "resnet.sdhs").read_text(encoding="utf-8")
    block = text[text.index("block sew(x)") : text.index("block sew_down")]
    line = next(line for line in block.splitlines() if old in line)
    changed = line.replace(old, new)
    changed = changed if cnf == "AND" else changed.replace("-> lif)", "-> lif, x)")
    path = tmp_path / "net.sdhs"
    path.write_text(
        "sdhs 1\nneuron lif { decay = 0.5  threshold = 1 }\n"
        + block.replace(line, changed)
        + "network net {\n  input spikes : spike[4, 6, 6]\n  output y = spikes -> sew(out = 4) -> sew(out = 4)\n}\n"
    )
    peer = torch.nn.Sequential(BasicBlock(4, 4, cnf=cnf, **lif(0.5)), BasicBlock(4, 4, cnf=cnf, **lif(0.5)))
    spikes = torch.randint(0, 2, (5, 2, 4, 6, 6), generator=torch.Generator().manual_seed(0)).double()
    randomise(peer, 6.0)
    functional.set_step_mode(peer, "m")
    peer.double().eval()
    with torch.no_grad():
        model = follow(path, peer, spikes)
        functional.reset_net(peer)
        found, wanted = model(spikes), peer(spikes)
    assert 0.002 < wanted.mean() < 0.998
    assert torch.equal(found, wanted)
    graph = Program.read(path).build("deploy").plain
    assert graph.node(graph.outputs["y"]).value.kind == "spike"
