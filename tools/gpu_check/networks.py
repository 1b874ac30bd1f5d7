"""What a step of training of a network takes on a device, beside SpikingJelly's and the least that its limits allow."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from gpu_check.times import GRAPH, OURS, OWN, Run, Sizes, bandwidth, captured, timed
from torch import Tensor, nn

import spikegraph
from spikegraph.backends.torch.forecast.least import neuron_bytes, update_bytes
from spikegraph.backends.torch.model import Model
from spikegraph.ir.ops.convolution import Conv
from spikegraph.program.program import Program

SPEC = Path(__file__).parents[2] / "specs" / "zoo" / "sew_resnet18.sdhs"


def title(sizes: Sizes) -> str:
    """What the row is about."""
    return f"SEW-ResNet-18, a step of training, {sizes.images} images of {sizes.pixels} x {sizes.pixels}, bfloat16"


def sides(device: str, sizes: Sizes) -> list[str]:
    """Who computes a step of training: forward, backward, SGD."""
    found = [OWN, *([GRAPH] if device == "cuda" else [])]
    if importlib.util.find_spec("spikingjelly") is not None:
        found += [f"SpikingJelly{mode.words}" for mode in (MODES if sizes.compiled else MODES[:-1])]
    return found


def made(side: str, device: str, sizes: Sizes) -> Run:
    """A side's step."""
    images = torch.rand(sizes.images, 3, sizes.pixels, sizes.pixels, device=device)
    model = _model(sizes)
    if side in OURS:
        there = model.to(device).train()
        return _step(there, lambda: there(images), device, graph=side == GRAPH)
    mode = next(mode for mode in MODES if side == f"SpikingJelly{mode.words}")
    return _spikingjelly_step(images, model.graph.time or 1, device, mode)


def _model(sizes: Sizes) -> Model:
    pixels = sizes.pixels
    cropped = f"imagenet.augment=[random_crop([{pixels}, {pixels}])]"
    program = Program.read(SPEC, overrides=(f"sew_resnet18.size={pixels}", cropped))
    model = spikegraph.compile(program, phase="retrain", bf16=True)
    assert isinstance(model, Model)
    return model


def _step(module: nn.Module, forward: Callable[[], Tensor], device: str, *, graph: bool = False) -> Run:
    sgd = torch.optim.SGD(module.parameters(), 0.01, momentum=0.9, fused=device == "cuda")

    def passes() -> None:
        sgd.zero_grad()
        logits = forward().float()
        nn.functional.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long, device=device)).backward()

    both = captured(passes, device) if graph else passes

    def run() -> None:
        both()
        sgd.step()

    return run


@dataclass(frozen=True)
class Mode:
    """How SpikingJelly runs a network; the best of them is what one compares with."""

    last: bool = False
    compiled: bool = False

    @property
    def words(self) -> str:
        """Behind its name."""
        return ", channels last" * self.last + ", torch.compile" * self.compiled


MODES = (Mode(), Mode(last=True), Mode(last=True, compiled=True))


def _spikingjelly_step(images: Tensor, steps: int, device: str, mode: Mode) -> Run:
    from spikingjelly.activation_based import functional, neuron, surrogate
    from spikingjelly.activation_based.model import sew_resnet

    settings = {"spiking_neuron": neuron.IFNode, "surrogate_function": surrogate.ATan(), "detach_reset": True}
    network = sew_resnet.sew_resnet18(pretrained=False, cnf="ADD", **settings)
    network = network.to(device)
    if mode.last:
        network = network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        images = images.to(memory_format=torch.channels_last)
    functional.set_step_mode(network, "m")
    x, run = images.expand(steps, *images.shape), torch.compile(network) if mode.compiled else network

    def forward() -> Tensor:
        functional.reset_net(network)
        with torch.autocast(device, torch.bfloat16):
            return run(x).mean(0)

    return _step(network, forward, device)


def least(device: str, sizes: Sizes) -> float:
    """Seconds of the convolutions alone, and of copying the least bytes of norms, neurons and SGD with momentum."""
    model = _model(sizes)
    graph, total = model.plain, 0.0
    steps = graph.time or 1
    for node in graph:
        op = node.op
        if isinstance(op, Conv):
            (x,) = node.operand_values
            width, stride, groups = op.kernel, op.stride, op.groups
            assert isinstance(width, int)
            assert isinstance(stride, int)
            assert isinstance(groups, int)
            count = sizes.images * (steps if x.steps else 1)
            layer = nn.Conv2d(x.channels, node.value.channels, width, stride, width // 2, groups=groups, bias=False)
            layer = layer.to(device, torch.bfloat16).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
            values = torch.rand(count, x.channels, *x.size, device=device, dtype=torch.bfloat16)
            values = values.to(memory_format=torch.channels_last)
            values.requires_grad_(not graph.node(node.operands[0]).op.traits.source)
            total += timed(_both_ways(layer, values), device, max(2, sizes.runs // 4)).seconds
    moved = neuron_bytes(model.graph, sizes.images, steps, number=2)
    weights = 4 * sum(p.numel() for p in model.parameters())
    return total + (moved + update_bytes(weights, weights)) / bandwidth(device, sizes)


def _both_ways(layer: nn.Conv2d, values: Tensor) -> Run:
    """A convolution, and its gradients of weights, and of values if they need one."""
    upstream = torch.randn_like(layer(values))
    wanted = [x for x in (values, layer.weight) if x.requires_grad]
    return lambda: torch.autograd.grad(layer(values), wanted, upstream)
