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
from spikegraph.ir.neuron import Neuron

Run = Callable[[], object]

LIMIT = 1.15
"""How many times the least a kernel or a step should take at most: no library is nearer to it."""


@dataclass(frozen=True)
class Sizes:
    """How large the tensors are that are timed.

    Attributes:
        neurons: [T, N, C, H, W] of the neuron alone, which takes a GPU longer than the program takes to start it.
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


@dataclass
class Row:
    """A measured thing.

    Attributes:
        title: What it is.
        seconds: Medians by who computes it.
        least: Seconds that copying its bytes takes, with its convolutions if it has some.
        failed: Why others have no time.
        memory: The peak memory of the device in bytes, by who computes it.
    """

    title: str
    seconds: dict[str, float] = field(default_factory=dict)
    least: float = 0.0
    failed: dict[str, str] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)

    @property
    def limit(self) -> float:
        """Seconds that it should take at most."""
        return LIMIT * self.least


def seconds(run: Run, device: str, runs: int) -> float:
    """The median of some runs behind three that aren't measured.

    Those on a GPU follow each other without a break, with an event behind each, so that it doesn't wait for the program.
    """
    for _ in range(3):
        run()
    if device == "cuda":
        events = [torch.cuda.Event(enable_timing=True) for _ in range(runs + 1)]
        events[0].record()
        for event in events[1:]:
            run()
            event.record()
        torch.cuda.synchronize()
        return statistics.median(before.elapsed_time(after) for before, after in pairwise(events)) / 1e3
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
    return 2 * x.numel() / seconds(lambda: y.copy_(x), device, sizes.runs)


def neuron(device: str, sizes: Sizes, *, last: bool) -> Row:
    """A batch norm and the neuron of Eq. 1 in bfloat16, forward and backward in training.

    Args:
        device: Where.
        sizes: How large.
        last: Channels are last in memory, as in networks; others' libraries get them so too.
    """
    layout = ", channels last" if last else ""
    row = Row(f"batch norm and LIF, forward and backward, {list(sizes.neurons)}, bfloat16{layout}")
    x = torch.randn(sizes.neurons, device=device, dtype=torch.bfloat16)
    x = (x.movedim(2, -1).contiguous().movedim(-1, 2) if last else x).requires_grad_()
    upstream = torch.randn_like(x)
    row.least = 2 * least_numbers([(1.0, True)]) * x.numel() / bandwidth(device, sizes)

    def both(forward: Callable[[Tensor], Tensor]) -> Run:
        def run() -> None:
            x.grad = None  # else the new one is added to it, which moves bytes that the least doesn't count
            forward(x).backward(upstream)

        return run

    for name, make in {"spikegraph": _ours, "operations of torch": _loop, **_others()}.items():
        timed(row, name, lambda make=make: both(make(sizes.neurons[2], device)), device, sizes)
    return row


def timed(row: Row, name: str, make: Callable[[], Run], device: str, sizes: Sizes) -> None:
    """Adds a time, or why there is none."""
    try:
        if device == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        row.seconds[name] = seconds(make(), device, sizes.runs)
        if device == "cuda":
            row.memory[name] = torch.cuda.max_memory_allocated()
    except Exception as error:  # noqa: BLE001 (another library's, of which the table says why it has no time)
        row.failed[name] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


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
    """Other libraries that are installed."""
    found = {"spikingjelly": ("SpikingJelly", _spikingjelly), "snntorch": ("snnTorch", _snntorch), "norse": ("norse", _norse)}
    return {title: make for name, (title, make) in found.items() if importlib.util.find_spec(name) is not None}


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
