"""Peer libraries in all their modes: the neurons of three, and SpikingJelly's implementation of the paper's network."""

import contextlib
import importlib.util
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
import torch._dynamo
import torch.nn.functional as F
from measure import Precision, Side
from torch import Tensor

from spikegraph.backends.torch.datasets import Batch

PEERS = ("spikingjelly", "snntorch", "norse")

VERSIONS = 200
"""How many versions of a compiled function torch keeps for different inputs."""

Neuron = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Mode:
    """A way to run another library's network.

    Attributes:
        precision: `bf16` runs the forward pass and the loss under autocast.
        channels_last: Weights and images have channels last in memory.
        compiled: The network is compiled by `torch.compile`.
    """

    precision: Precision = "float32"
    channels_last: bool = False
    compiled: bool = False

    @property
    def name(self) -> str:
        """What the tables call it."""
        words = ["autocast bf16" if self.precision == "bf16" else "float32"]
        words += ["channels last"] * self.channels_last + ["compiled"] * self.compiled
        return f"SpikingJelly, {', '.join(words)}"

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """The context of the forward pass and the loss."""
        return torch.autocast("cpu", torch.bfloat16) if self.precision == "bf16" else contextlib.nullcontext()


def modes(precisions: Sequence[Precision]) -> tuple[Mode, ...]:
    """All modes of these precisions; none if SpikingJelly isn't installed."""
    if not has("spikingjelly"):
        return ()
    return tuple(Mode(*given) for given in itertools.product(precisions, (False, True), (False, True)))


class Network:
    """SpikingJelly's network in one of the modes."""

    def __init__(self, mode: Mode, weights: dict[str, Tensor] | None = None) -> None:
        self.mode, self.plain = mode, spike_dhs()
        if weights is not None:
            self.plain.load_state_dict(weights)
        if mode.channels_last:
            self.plain.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] (the stubs lack it)
        self._run = compiled(self.plain) if mode.compiled else self.plain

    def training(self, batch: Batch) -> Callable[[], None]:
        """The step that trains the network, optimizer included."""
        self.plain.train()
        used = [p for p in self.plain.parameters() if p.requires_grad]
        sgd = torch.optim.SGD(used, lr=0.025, momentum=0.9, weight_decay=0.0003, fused=True)
        image = self._image(batch)

        def step() -> None:
            reset(self.plain)
            with self.mode.autocast():
                logits, auxiliary = self._run(image)
                loss = F.cross_entropy(logits, batch.target) + 0.4 * F.cross_entropy(auxiliary, batch.target)
            sgd.zero_grad(set_to_none=True)
            loss.backward()
            sgd.step()

        return step

    def forward(self, batch: Batch) -> Side:
        """The forward pass of the trained network."""
        self.plain.eval()
        image = self._image(batch)

        def run() -> None:
            with torch.no_grad(), self.mode.autocast():
                self._run(image)

        return Side(run, lambda: reset(self.plain), self.mode.precision, peer=True)

    def _image(self, batch: Batch) -> Tensor:
        image = batch.inputs["image"]
        return image.contiguous(memory_format=torch.channels_last) if self.mode.channels_last else image


def training_sides(batch: Batch, precisions: Sequence[Precision]) -> dict[str, Side]:
    """SpikingJelly's training step in each mode."""
    return {m.name: Side(Network(m).training(batch), precision=m.precision, peer=True) for m in modes(precisions)}


def forward_sides(batch: Batch, precisions: Sequence[Precision]) -> dict[str, Side]:
    """SpikingJelly's forward pass in each mode, all with the same weights."""
    weights = spike_dhs().state_dict() if has("spikingjelly") else None
    return {m.name: Network(m, weights).forward(batch) for m in modes(precisions)}


def has(name: str) -> bool:
    """True if a peer library is installed."""
    return importlib.util.find_spec(name) is not None


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function or module, compiled by torch.

    The default limit of versions is too low for several networks with many neurons, and torch passes over it in silence.
    Shapes are constants: after its second version of a neuron, torch would make them symbols, and inductor fails on those.
    """
    torch._dynamo.config.recompile_limit = VERSIONS  # type: ignore[attr-defined]
    return torch.compile(function, dynamic=False)


def neurons() -> dict[str, Neuron]:
    """Neurons from currents [T, N, C, H, W] to spikes, plain and compiled.

    Decay 0.2, threshold 0.5, hard reset; each library's own surrogate.
    """
    return {
        f"{name}, compiled" if quick else name: compiled(make()) if quick else make()
        for name, make in _makers().items()
        for quick in (False, True)
    }


def _makers() -> dict[str, Callable[[], Neuron]]:
    """What makes each neuron."""
    found: dict[str, Callable[[], Neuron]] = {}
    if has("spikingjelly"):
        found["SpikingJelly LIFNode"] = _spikingjelly
    if has("snntorch"):
        found["snnTorch Leaky"] = _snntorch
    if has("norse"):
        found["norse LIFBoxCell"] = _norse
    return found


def _spikingjelly() -> Neuron:
    """The neuron in multi-step mode."""
    from spikingjelly.activation_based import functional, neuron

    node = neuron.LIFNode(tau=1.25, decay_input=False, v_threshold=0.5, v_reset=0.0, step_mode="m")

    def run(current: Tensor) -> Tensor:
        functional.reset_net(node)
        return node(current)

    return run


def _snntorch() -> Neuron:
    import snntorch

    node = snntorch.Leaky(beta=0.2, threshold=0.5, reset_mechanism="zero", reset_delay=False)

    def run(current: Tensor) -> Tensor:
        membrane, spikes = node.init_leaky(), list[Tensor]()
        for step in current:
            spike, membrane = node(step, membrane)
            spikes.append(spike)
        return torch.stack(spikes)

    return run


def _norse() -> Neuron:
    from norse.torch import LIFBoxCell
    from norse.torch.functional.lif_box import LIFBoxParameters

    constants = {"tau_mem_inv": 800.0, "v_leak": 0.0, "v_th": 0.5, "v_reset": 0.0}
    node = LIFBoxCell(p=LIFBoxParameters(**{k: torch.tensor(v) for k, v in constants.items()}), dt=0.001)

    def run(current: Tensor) -> Tensor:
        state, spikes = None, list[Tensor]()
        for step in current / 0.8:  # norse multiplies the current by 1 - decay
            spike, state = node(step, state)
            spikes.append(spike)
        return torch.stack(spikes)

    return run


def spike_dhs() -> torch.nn.Module:
    """SpikingJelly's network: 8 cells of 3 nodes, 144 channels, 14 M parameters in use, operations mixed at the membrane."""
    from spikingjelly.activation_based import functional
    from spikingjelly.activation_based.model.spike_dhs import SpikeDHS

    sizes = {"fea_step": 3, "fea_num_layers": 8, "fea_block_multiplier": 3, "fea_filter_multiplier": 48}
    network = SpikeDHS(3, SimpleNamespace(**sizes))
    functional.set_step_mode(network, "m")
    for name, parameter in network.named_parameters():
        # Two of three copies of each convolution are only for SpikingJelly's surrogate search and get no gradient.
        parameter.requires_grad_("_b." not in name and "_s." not in name)
    return network


def reset(network: torch.nn.Module) -> None:
    """Reset all membrane potentials."""
    from spikingjelly.activation_based import functional

    functional.reset_net(network)


@contextlib.contextmanager
def operations_of_torch() -> Iterator[None]:
    """Run neurons without the compiled kernels, as on a machine without a compiler."""
    from spikegraph.backends.torch.native import neuron

    compiled = neuron.missing
    neuron.missing = lambda: "off"
    try:
        yield
    finally:
        neuron.missing = compiled
