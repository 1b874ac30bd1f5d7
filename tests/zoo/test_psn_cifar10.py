"""Parallel spiking neurons on sequential CIFAR10 against sums over all pairs of time steps."""

import math

import torch
import torch.nn.functional as F

from .loops import Loops, judged, spike


def network(loops: Loops, column: torch.Tensor) -> dict[str, torch.Tensor]:
    """Fang et al. 2023, Eqs. 7 and 8: h[t] = sum over s of (identity + w)[t, s] * x[s], a spike where h[t] + bias[t] > 0."""

    def fire(name: str, x: torch.Tensor) -> torch.Tensor:
        w, bias, fired = loops[f"{name}.w"], loops[f"{name}.bias"], []
        for t in range(len(x)):
            h = sum(((t == s) + w[t, s]) * x[s] for s in range(len(x)))
            fired.append(spike(h + bias[t], lambda h: 1 / (1 + (math.pi * h) ** 2)))
        loops.spikes[name] = torch.stack(fired)
        return loops.spikes[name]

    x = column
    for stage in ("c1", "c2"):
        for i in range(3):
            name = f"{stage}.layer[{i}]"
            x = loops.whole(loops.conv, f"{name}.conv", x)
            x = fire(f"{name}.n", loops.whole(loops.norm, f"{name}.norm", x))
        x = loops.whole(F.avg_pool1d, x, kernel_size=2)
    x = fire("f1", loops.linear("f1.linear", x.flatten(2)))
    return {"logits": loops.linear("logits.linear", x).mean(0)}


def test_spikes_and_gradients():
    columns = torch.randn(7, 3, 3, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    overrides = ("psn_cifar10.W=4", "psn_cifar10.size=8", "psn.steps=7", "cifar10.augment=[random_crop([8, 7])]")
    spikes, difference = judged("psn_cifar10", network, {"column": columns}, *overrides)
    assert spikes > 1000
    assert difference < 1e-9


def test_the_parameters(zoo_parameters):
    """Convolutions of kernel 3 with their norms, weights of all 32 steps in seven layers, and two linear layers."""
    layers = 3 * (3 * 128 + 5 * 128 * 128) + 6 * 2 * 128 + 7 * (32 * 32 + 32)
    assert zoo_parameters("psn_cifar10") == layers + 256 * (8 * 128 + 1) + 10 * (256 + 1) == 520_810
