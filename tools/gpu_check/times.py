"""What kernels and networks take on a device, beside other libraries and the least that memory and convolutions allow."""

import importlib.util
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import Tensor, nn

from spikegraph.backends.torch.forecast.least import least_numbers
from spikegraph.backends.torch.kernels.base import real
from spikegraph.backends.torch.modules.neuron_sequences import normed_neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.backends.torch.native.norms import Addend, NormOf
from spikegraph.backends.torch.train import step_graph
from spikegraph.ir.neuron import Neuron

Run = Callable[[], object]

LIMIT = 1.15
"""How many times the least a kernel or a step should take at most: no library is nearer to it."""

OWN, GRAPH = "spikegraph", "spikegraph, CUDA graph"
OURS = {OWN, GRAPH}
"""What this project computes. As a CUDA graph it doesn't wait for the program, which may take longer to start it."""

WARM = 0.5
"""Seconds in which a GPU runs before it is measured, since its clocks rise only then."""


@dataclass(frozen=True)
class Sizes:
    """How large the tensors are that are timed.

    Attributes:
        neurons: [T, N, C, H, W] of the neuron alone.
        images: Samples of a step of the network.
        pixels: Height and width of an image.
        copied: Numbers that are copied for the bandwidth.
        runs: Measured runs of each.
        compiled: Also SpikingJelly's network compiled by torch, which takes minutes.
    """

    neurons: tuple[int, ...] = (4, 256, 128, 28, 28)
    images: int = 32
    pixels: int = 224
    copied: int = 1 << 28
    runs: int = 20
    compiled: bool = True


SMALL = Sizes((2, 2, 16, 32, 32), 1, 32, 1 << 16, 2, compiled=False)
"""Sizes at which the check itself is checked."""


@dataclass(frozen=True)
class Times:
    """What a run takes.

    Attributes:
        seconds: The median on the device.
        started: The seconds that the program takes to start a run on a GPU; one that takes about as long waits for the program.
        memory: The peak memory of a GPU in bytes.
    """

    seconds: float
    started: float = 0.0
    memory: int = 0


@dataclass
class Row:
    """A measured thing.

    Attributes:
        title: What it is.
        seconds: Medians by who computes it.
        least: Seconds that copying its bytes takes, with its convolutions if it has some; 0 where that isn't known.
        failed: Why others have no time.
        memory: The peak memory of the device in bytes, by who computes it.
        started: Seconds that the program takes to start it, by who computes it.
    """

    title: str
    seconds: dict[str, float] = field(default_factory=dict)
    least: float = 0.0
    failed: dict[str, str] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)

    @property
    def limit(self) -> float:
        """Seconds that it should take at most."""
        return LIMIT * self.least

    def add(self, who: str, found: Times) -> None:
        """Adds what was measured."""
        self.seconds[who] = found.seconds
        if found.memory:
            self.memory[who], self.started[who] = found.memory, found.started


def timed(run: Run, device: str, runs: int) -> Times:
    """The median of some runs behind at least three that aren't measured.

    Those on a GPU follow each other without a break, with an event behind each, so that it doesn't wait for the program.
    """
    begin = time.perf_counter()
    for _ in range(3):
        run()
    if device == "cuda":
        while time.perf_counter() < begin + WARM:
            run()
        events = [torch.cuda.Event(enable_timing=True) for _ in range(runs + 1)]
        events[0].record()
        for event in events[1:]:
            run()
            event.record()
        torch.cuda.synchronize()
        took = statistics.median(before.elapsed_time(after) for before, after in pairwise(events)) / 1e3
        started = _clocked(run, 3)  # what waits behind it leaves room for more
        torch.cuda.synchronize()
        return Times(took, started, torch.cuda.max_memory_allocated())
    return Times(_clocked(run, runs))


def _clocked(run: Run, runs: int) -> float:
    """The median of the program's time for a run."""
    found = list[float]()
    for _ in range(runs):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def bandwidth(device: str, sizes: Sizes) -> float:
    """Bytes a second of a copy, read and written."""
    x = torch.zeros(sizes.copied, dtype=torch.uint8, device=device)
    y = torch.empty_like(x)
    return 2 * x.numel() / timed(lambda: y.copy_(x), device, sizes.runs).seconds


def title(sizes: Sizes, *, last: bool) -> str:
    """What the neuron's row is about; with `last` channels are last in memory, as in networks, for others' libraries too."""
    layout = ", channels last" if last else ""
    return f"batch norm and LIF, forward and backward, {list(sizes.neurons)}, bfloat16{layout}"


def least(device: str, sizes: Sizes) -> float:
    """Seconds of copying the least bytes of the norm and the neuron in training."""
    numbers = 1
    for size in sizes.neurons:
        numbers *= size
    return 2 * least_numbers([(1.0, True)]) * numbers / bandwidth(device, sizes)


def sides(device: str) -> list[str]:
    """Who computes a batch norm and the neuron of Eq. 1."""
    return [OWN, *([GRAPH] if device == "cuda" else []), *_others()]


def made(side: str, device: str, sizes: Sizes, *, last: bool) -> Run:
    """A batch norm and the neuron of Eq. 1 in bfloat16, forward and backward in training."""
    x = torch.randn(sizes.neurons, device=device, dtype=torch.bfloat16)
    x = (x.movedim(2, -1).contiguous().movedim(-1, 2) if last else x).requires_grad_()
    make = _ours if side in OURS else _others()[side]
    upstream, forward = torch.randn_like(x), make(sizes.neurons[2], device)

    def run() -> None:
        x.grad = None  # else the new one is added to it, which moves bytes that the least doesn't count
        forward(x).backward(upstream)

    return captured(run, device) if side == GRAPH else run


def captured(run: Run, device: str) -> Run:
    """A run as one CUDA graph."""
    graphs = step_graph.CudaGraphs(torch.device(device))
    for _ in range(step_graph.WARM):
        graphs.warm(run)
    return graphs.capture(run)[0]


def _ours(channels: int, device: str) -> Callable[[Tensor], Tensor]:
    weight, bias = (torch.ones(channels, device=device).requires_grad_() for _ in range(2))
    mean, var = torch.zeros(channels, device=device), torch.ones(channels, device=device)
    own = resolved(Neuron.model_validate({}))

    def run(x: Tensor) -> Tensor:
        norm = NormOf(weight, bias, mean, var, 1e-5, 0.1)
        made = normed_neurons(own, [[Addend(x, norm)]], None, None, (), training=True)
        if made is None:
            raise RuntimeError("no kernel takes these tensors")
        return made[0]

    return run


def _loop(channels: int, device: str) -> Callable[[Tensor], Tensor]:
    """The same by operations that autograd records."""
    norm = nn.BatchNorm2d(channels).to(device)

    def run(x: Tensor) -> Tensor:
        current = norm(real(x).flatten(0, 1)).view(x.shape)
        u, found = torch.zeros_like(current[0]), list[Tensor]()
        for step in current:
            u = 0.5 * u + step
            soft = torch.sigmoid(4 * (u - 1))
            y = (u > 1).to(u.dtype) + soft - soft.detach()
            u = u * (1 - y)
            found.append(y)
        return torch.stack(found).to(x.dtype)

    return run


def _others() -> dict[str, Callable[[int, str], Callable[[Tensor], Tensor]]]:
    """Operations of torch, and other libraries that are installed."""
    found = {"spikingjelly": ("SpikingJelly", _spikingjelly), "snntorch": ("snnTorch", _snntorch), "norse": ("norse", _norse)}
    there = {title: make for name, (title, make) in found.items() if importlib.util.find_spec(name) is not None}
    return {"operations of torch": _loop, **there}


def _spikingjelly(channels: int, device: str) -> Callable[[Tensor], Tensor]:
    from spikingjelly.activation_based import functional, layer, neuron

    norm, node = layer.BatchNorm2d(channels, step_mode="m").to(device), neuron.LIFNode(step_mode="m").to(device)

    def run(x: Tensor) -> Tensor:
        functional.reset_net(node)
        with torch.autocast(device, torch.bfloat16):
            return node(norm(x)).to(x.dtype)

    return run


def _snntorch(channels: int, device: str) -> Callable[[Tensor], Tensor]:
    import snntorch

    norm, node = nn.BatchNorm2d(channels).to(device), snntorch.Leaky(beta=0.5).to(device)

    def run(x: Tensor) -> Tensor:
        membrane, found = node.init_leaky(), list[Tensor]()
        for step in norm(x.float().flatten(0, 1)).view(x.shape):
            spike, membrane = node(step, membrane)
            found.append(spike)
        return torch.stack(found).to(x.dtype)

    return run


def _norse(channels: int, device: str) -> Callable[[Tensor], Tensor]:
    from norse.torch import LIFBoxCell

    norm, node = nn.BatchNorm2d(channels).to(device), LIFBoxCell()

    def run(x: Tensor) -> Tensor:
        state, found = None, list[Tensor]()
        for step in norm(x.float().flatten(0, 1)).view(x.shape):
            spike, state = node(step, state)
            found.append(spike)
        return torch.stack(found).to(x.dtype)

    return run
