"""Peer libraries: the neurons of three of them, and SpikingJelly's implementation of the paper's network."""

import contextlib
import importlib.util
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import torch
from torch import Tensor

PEERS = ("spikingjelly", "snntorch", "norse")

Neuron = Callable[[Tensor], Tensor]


def has(name: str) -> bool:
    """True if a peer library is installed."""
    return importlib.util.find_spec(name) is not None


def neurons() -> dict[str, Neuron]:
    """Neurons from currents [T, N, C, H, W] to spikes: decay 0.2, threshold 0.5, hard reset; each library's own surrogate."""
    found: dict[str, Neuron] = {}
    if has("spikingjelly"):
        found["SpikingJelly LIFNode"] = _spikingjelly()
    if has("snntorch"):
        found["snnTorch Leaky"] = _snntorch()
    if has("norse"):
        found["norse LIFBoxCell"] = _norse()
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
