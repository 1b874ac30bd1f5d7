"""Networks of SpikingJelly and torch with the weights of a spec's network, to compare what both compute."""

import torch
from torch import nn

from .peers import LEARNED, TENSORS, follow


def lif(decay: float, threshold: float = 1.0) -> dict[str, object]:
    """The arguments of SpikingJelly's networks for neurons u[t] = decay * u[t-1] + I[t] with a hard reset to 0."""
    from spikingjelly.activation_based import neuron

    return {"spiking_neuron": neuron.LIFNode, "tau": 1 / (1 - decay), "decay_input": False, "v_threshold": threshold}


def integrate() -> dict[str, object]:
    """The arguments of SpikingJelly's networks for neurons without a leak, whose reset has no gradient."""
    from spikingjelly.activation_based import neuron, surrogate

    return {"spiking_neuron": neuron.IFNode, "surrogate_function": surrogate.ATan(), "detach_reset": True}


def randomise(peer: nn.Module, gain: float = 2.0) -> None:
    """Random weights and statistics, so that no two layers agree and many neurons fire; with a larger gain more do."""
    for module in peer.modules():
        if hasattr(module, LEARNED):
            nn.init.uniform_(module.w, -0.5, 0.5)
        for name in TENSORS:
            value = getattr(module, name, None)
            if value is None:
                continue
            if name == "running_var":
                nn.init.uniform_(value, 0.5, 1.5)
            elif value.dim() == 1:
                low, high = (0.2, 1.2) if name == "weight" else (-0.2, 0.8)
                nn.init.uniform_(value, low * gain / 2, high * gain / 2)
            else:
                nn.init.normal_(value, 0, gain * value[0].numel() ** -0.5)


def compared(name: str, peer: nn.Module, x: torch.Tensor, *overrides: str, gain: float = 2.0, **how):
    """The spec's outputs and the peer's, means over the time steps of inputs [T, N, ...] that are the same at each step."""
    from spikingjelly.activation_based import functional

    randomise(peer, gain)
    functional.set_step_mode(peer, "m")
    peer.double().eval()
    with torch.no_grad():
        model = follow(name, peer, x, overrides=overrides, **{"profile": "sample", **how})
        functional.reset_net(peer)
        return model(x[0]), peer(x).mean(0)


def resnet19():
    """Stages of 3, 3 and 2 of SpikingJelly's blocks, all of them wider than the stem, and two linear layers (Deng et al.)."""
    from spikingjelly.activation_based import layer, neuron
    from spikingjelly.activation_based.model.spiking_resnet import BasicBlock

    how = lif(0.5)
    kind = {k: v for k, v in how.items() if k != "spiking_neuron"}
    blocks, width = [], 8
    for out, count in ((16, 3), (32, 3), (64, 2)):
        for _ in range(count):
            same = width == out
            stride = 1 if same or out == 16 else 2
            conv = layer.Conv2d(width, out, 1, stride, bias=False)
            blocks.append(
                BasicBlock(width, out, stride, None if same else torch.nn.Sequential(conv, layer.BatchNorm2d(out)), **how)
            )
            width = out
    first = (layer.Conv2d(3, 8, 3, 1, 1, bias=False), layer.BatchNorm2d(8), neuron.LIFNode(**kind))
    last = (layer.AdaptiveAvgPool2d(1), layer.Flatten(), layer.Linear(64, 32), neuron.LIFNode(**kind), layer.Linear(32, 10))
    return torch.nn.Sequential(*first, *blocks, *last)
