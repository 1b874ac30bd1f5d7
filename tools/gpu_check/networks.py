"""What a step of training of a network takes on a device, beside SpikingJelly's and the least that its limits allow."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from gpu_check.times import Row, Run, Sizes, bandwidth, seconds, timed
from torch import Tensor, nn

import spikegraph
from spikegraph.backends.torch.forecast.least import neuron_bytes, update_bytes
from spikegraph.backends.torch.model import Model
from spikegraph.ir.ops.convolution import Conv
from spikegraph.program.program import Program

SPEC = Path(__file__).parents[2] / "specs" / "zoo" / "sew_resnet18.sdhs"


def network(device: str, sizes: Sizes) -> Row:
    """A step of training of SEW-ResNet-18 in bfloat16: forward, backward, SGD."""
    row = Row(f"SEW-ResNet-18, a step of training, {sizes.images} images of {sizes.pixels} x {sizes.pixels}, bfloat16")
    pixels = sizes.pixels
    cropped = f"imagenet.augment=[random_crop([{pixels}, {pixels}])]"
    program = Program.read(SPEC, overrides=(f"sew_resnet18.size={pixels}", cropped))
    model = spikegraph.compile(program, phase="retrain", bf16=True).to(device).train()
    assert isinstance(model, Model)
    images = torch.rand(sizes.images, 3, sizes.pixels, sizes.pixels, device=device)
    row.least = _least(model, device, sizes)
    timed(row, "spikegraph", lambda: _step(model, lambda: model(images), device), device, sizes)
    if importlib.util.find_spec("spikingjelly") is not None:
        steps = model.graph.time or 1
        del model
        for mode in MODES if sizes.compiled else MODES[:-1]:
            timed(
                row,
                f"SpikingJelly{mode.words}",
                lambda mode=mode: _spikingjelly_step(images, steps, device, mode),
                device,
                sizes,
            )
    return row


def _step(module: nn.Module, forward: Callable[[], Tensor], device: str) -> Run:
    sgd = torch.optim.SGD(module.parameters(), 0.01, momentum=0.9, fused=device == "cuda")

    def run() -> None:
        sgd.zero_grad()
        logits = forward().float()
        nn.functional.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long, device=device)).backward()
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


def _least(model: Model, device: str, sizes: Sizes) -> float:
    """Seconds of the convolutions alone, and of copying the least bytes of norms, neurons and SGD with momentum."""
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
            total += seconds(_both_ways(layer, values), device, max(2, sizes.runs // 4))
    moved = neuron_bytes(model.graph, sizes.images, steps, number=2)
    weights = 4 * sum(p.numel() for p in model.parameters())
    return total + (moved + update_bytes(weights, weights)) / bandwidth(device, sizes)


def _both_ways(layer: nn.Conv2d, values: Tensor) -> Run:
    """A convolution, and its gradients of weights, and of values if they need one."""
    upstream = torch.randn_like(layer(values))
    wanted = [x for x in (values, layer.weight) if x.requires_grad]
    return lambda: torch.autograd.grad(layer(values), wanted, upstream)
