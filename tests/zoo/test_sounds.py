"""Networks for spoken digits (SHD) against loops over time, written from their papers' equations."""

import math

import torch

from .loops import Loops, judged, spike
from .sounds import bell, read_out, sound


def srnn(loops: Loops, sound: torch.Tensor) -> dict[str, torch.Tensor]:
    """Yin et al. 2021: the threshold is 0.01 + 1.8 * a trace of the spikes before."""
    x = sound.flatten(2)
    for layer in ("h1", "h2"):
        alpha, rho = (torch.sigmoid(loops[f"{layer}.{name}"]) for name in ("decay", "trace_decay"))
        fired = torch.zeros(len(x[0]), len(alpha)).double()
        trace, potential, spikes = fired + 0.01, fired, []
        for step in x:
            current = loops.linear(f"{layer}.add.linear", step) + loops.linear(f"{layer}.add.linear2", fired)
            trace = rho * trace + (1 - rho) * fired
            level = 0.01 + 1.8 * trace
            potential = alpha * potential + (1 - alpha) * current - level * fired
            fired = spike(potential - level, bell)
            spikes.append(fired)
        x = loops.spikes[layer] = torch.stack(spikes)
    return {"logits": read_out(loops, "logits.readout", "logits.linear", x)}


def test_srnn():
    spikes, difference = judged("srnn_shd", srnn, {"sound": sound(30, 17, 17)}, gain=4.0, profile="sample")
    assert spikes > 500
    assert difference < 1e-9


def seen_late(loops: Loops, name: str, x: torch.Tensor, most: int) -> torch.Tensor:
    """Hammouamri et al. 2024, Eqs. 4 to 6: each weight as a Gaussian of width 1/2 around its delay; `x` is [T, N, C]."""
    weight, delay = loops[f"{name}.weight"], most * torch.sigmoid(loops[f"{name}.delay"])
    bells = [torch.exp(-2 * (d - delay) ** 2) for d in range(most + 1)]
    shares = [part / sum(bells) for part in bells]
    zero = torch.zeros_like(x[0])
    return torch.stack(
        [sum((x[t - d] if t >= d else zero) @ (weight * shares[d]).T for d in range(most + 1)) for t in range(len(x))]
    )


def dcls(loops: Loops, sound: torch.Tensor) -> dict[str, torch.Tensor]:
    """Two layers of delays, norms and neurons that keep 1/200 of their potential, and a potential without spikes."""
    x = sound.squeeze(2).unflatten(-1, (-1, 5)).mean(-1).flatten(2)
    for layer in ("h1", "h2"):
        current, potential, fired = (
            loops.whole(loops.norm, f"{layer}.norm", seen_late(loops, f"{layer}.delayed", x, 3)),
            0.0,
            [],
        )
        for step in current:
            u = 0.005 * potential + step
            y = spike(u - 1, lambda u: 2.5 / (1 + (2.5 * math.pi * u) ** 2))
            potential = u * (1 - y.detach())
            fired.append(y)
        x = loops.spikes[f"{layer}.lif"] = torch.stack(fired)
    potential, potentials = torch.zeros(()), []
    for step in seen_late(loops, "logits.delayed", x, 3):
        potential = 0.005 * potential + step
        potentials.append(potential)
    return {"logits": torch.stack(potentials).mean(0)}


def test_dcls():
    spikes, difference = judged("dcls_shd", dcls, {"sound": sound(16, 17, 20)}, profile="sample", gain=6.0)
    assert spikes > 300
    assert difference < 1e-9


def test_sizes(zoo_parameters):
    """Of layers of 700 or, joined, 140 channels and 20 classes; a decay for each neuron, and two for an adaptive one."""
    assert zoo_parameters("srnn_shd") == 128 * (701 + 3 * 129 + 4) + 20 * (129 + 1) == 142_376
    assert zoo_parameters("dcls_shd") == 2 * 256 * (140 + 256 + 20) + 2 * 2 * 256 == 214_016
