"""Copies the weights of a network written in torch to a network of a spec, layer by layer in the order of their use."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import nn

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.program.program import Program

ZOO = Path(__file__).parents[2] / "specs" / "zoo"
TENSORS = ("weight", "bias", "shift", "running_mean", "running_var")
LEARNED = "w"
"""SpikingJelly's learned decay: 1 - sigmoid(w)."""
NAMED = "tensors"
"""What a layer written in tests calls a function that gives its tensors by the names of the spec's."""


def randomise(peer: nn.Module) -> None:
    """Random weights and statistics of norms, so that no two layers agree."""
    for name, value in [*peer.named_parameters(), *peer.named_buffers()]:
        if value.is_floating_point():
            low, high = (0.5, 1.5) if name.endswith("running_var") else (-0.4, 0.6)
            nn.init.uniform_(value, low, high) if value.dim() == 1 else nn.init.normal_(value, 0, value[0].numel() ** -0.5)


def in_order_of_use(peer: nn.Module, *inputs: torch.Tensor) -> list[nn.Module]:
    """The modules that have tensors of their own, in the order in which they are first called."""
    found: dict[nn.Module, None] = {}

    def note(module: nn.Module, _: object) -> None:
        found.setdefault(module)

    named = [m for m in peer.modules() if hasattr(m, NAMED)]
    parts = [part for m in named for part in m.modules() if part is not m]
    own = [m for m in peer.modules() if any(getattr(m, name, None) is not None for name in (*TENSORS, LEARNED, NAMED))]
    own = [m for m in own if m not in parts]
    handles = [m.register_forward_pre_hook(note) for m in own]
    peer(*inputs)
    for handle in handles:
        handle.remove()
    return list(found)


def follow(
    spec: str | Path,
    peer: nn.Module,
    *inputs: torch.Tensor,
    overrides: Sequence[str] = (),
    profile: str | None = None,
    genotype: Path | None = None,
    parts: Callable[[list[nn.Module]], list[nn.Module]] = list,
) -> Model:
    """The network of a spec, of the zoo by its name, with other params, in float64, evaluating, with the weights of `peer`.

    `parts` takes layers apart that are one layer in the peer and several in the spec.
    """
    path = spec if isinstance(spec, Path) else ZOO / f"{spec}.sdhs"
    built = Program.read(path, overrides=overrides, profile=profile, genotype=genotype).build("retrain")
    model = lower(built.plain).double().eval()
    layers = dict.fromkeys(name for node in built.plain for name in node.leaves)
    modules = parts(in_order_of_use(peer, *inputs))
    assert len(layers) == len(modules), (list(layers), modules)
    weights: dict[str, torch.Tensor] = {}
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    for layer, module in zip(layers, modules, strict=True):
        if hasattr(module, NAMED):
            weights |= {f"{layer}.{name}": value.detach() for name, value in module.tensors().items()}
            continue
        for tensor in TENSORS:
            value = getattr(module, tensor, None)
            if value is not None:
                turned = tensor == "weight" and isinstance(module, nn.ConvTranspose2d | nn.ConvTranspose3d)
                value = value.transpose(0, 1) if turned else value
                # A kernel of 3 x 3 for each plane alone is one of 1 x 3 x 3 here.
                flat = value.dim() == len(shapes[f"{layer}.{tensor}"]) - 1
                weights[f"{layer}.{tensor}"] = value.unsqueeze(2) if flat else value
        if hasattr(module, LEARNED):
            weights[f"{layer}.decay"] = -module.w.detach().reshape(1)
    assert set(weights) == set(shapes), set(weights) ^ set(shapes)
    model.load_state_dict(weights)
    return model
