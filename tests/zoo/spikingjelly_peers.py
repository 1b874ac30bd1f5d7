"""Networks of SpikingJelly and torch with the weights of a spec's network, to compare what both compute."""

from pathlib import Path

import torch
from torch import nn

from spikegraph.backends.torch.lowering import lower
from spikegraph.program import Program

ZOO = Path(__file__).parents[2] / "specs" / "zoo"
TENSORS = ("weight", "bias", "running_mean", "running_var")
LEARNED = "w"
"""SpikingJelly's learned decay: 1 - sigmoid(w)."""


def lif(decay: float, threshold: float = 1.0) -> dict[str, object]:
    """The arguments of SpikingJelly's networks for neurons u[t] = decay * u[t-1] + I[t] with a hard reset to 0."""
    from spikingjelly.activation_based import neuron

    return {"spiking_neuron": neuron.LIFNode, "tau": 1 / (1 - decay), "decay_input": False, "v_threshold": threshold}


def randomise(peer: nn.Module, gain: float = 2.0) -> None:
    """Random weights and statistics, so that no two layers agree and many neurons fire."""
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
                nn.init.uniform_(value, 0.2, 1.2) if name == "weight" else nn.init.uniform_(value, -0.2, 0.8)
            else:
                nn.init.normal_(value, 0, gain * value[0].numel() ** -0.5)


def in_order(peer: nn.Module, x: torch.Tensor) -> list[nn.Module]:
    """The modules with weights in the order of their first use."""
    found: list[nn.Module] = []

    def note(module: nn.Module, _: object) -> None:
        if module not in found:
            found.append(module)

    own = [m for m in peer.modules() if getattr(m, "weight", None) is not None or hasattr(m, LEARNED)]
    handles = [m.register_forward_pre_hook(note) for m in own]
    peer(x)
    for handle in handles:
        handle.remove()
    return found


def follow(name: str | Path, peer: nn.Module, x: torch.Tensor, *overrides: str, profile: str | None = "sample", genotype=None):
    """The network of a spec with other params, in float64 and evaluation mode, with the weights of `peer`."""
    path = name if isinstance(name, Path) else ZOO / f"{name}.sdhs"
    program = Program.read(path, profile=profile, overrides=overrides, genotype=genotype)
    built = program.build("retrain")
    model = lower(built.plain).double().eval()
    layers = list(dict.fromkeys(layer for node in built.plain for layer in node.leaves))
    modules = in_order(peer, x)
    assert len(layers) == len(modules)
    weights: dict[str, torch.Tensor] = {}
    for layer, module in zip(layers, modules, strict=True):
        for tensor in TENSORS:
            value = getattr(module, tensor, None)
            if value is not None:
                weights[f"{layer}.{tensor}"] = value.detach().clone()
        if hasattr(module, LEARNED):
            weights[f"{layer}.decay"] = -module.w.detach().reshape(1)
    assert set(weights) == set(model.state_dict())
    model.load_state_dict(weights)
    return model


def compared(name: str, peer: nn.Module, x: torch.Tensor, *overrides: str, gain: float = 2.0, **how):
    """The spec's outputs and the peer's, means over the time steps of inputs [T, N, ...] that are the same at each step."""
    from spikingjelly.activation_based import functional

    randomise(peer, gain)
    functional.set_step_mode(peer, "m")
    peer.double().eval()
    with torch.no_grad():
        model = follow(name, peer, x, *overrides, **how)
        functional.reset_net(peer)
        return model(x[0]), peer(x).mean(0)
