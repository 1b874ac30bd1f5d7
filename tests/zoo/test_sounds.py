"""Networks for spoken digits (SHD) against loops over time, written from their papers' equations."""

import math

import torch

from .loops import Loops, judged, spike


def sound(steps: int, *size: int, channels: int = 1) -> torch.Tensor:
    """Random spikes of three recordings."""
    random = torch.Generator().manual_seed(0)
    return (torch.rand(steps, 3, channels, *size, generator=random) < 0.3).double()


def bell(x: torch.Tensor) -> torch.Tensor:
    """The surrogate `gaussian(b = 1.414)`."""
    return 1.414 / math.sqrt(math.pi) * torch.exp(-((1.414 * x) ** 2))


def read_out(loops: Loops, name: str, layer: str, x: torch.Tensor) -> torch.Tensor:
    """The mean potential of leaky integrators with a decay each; `x` is [T, N, C]."""
    decay, potential, potentials = torch.sigmoid(loops[f"{name}.decay"]), torch.zeros(()), []
    for step in x:
        potential = decay * potential + (1 - decay) * loops.linear(layer, step)
        potentials.append(potential)
    return torch.stack(potentials).mean(0)


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
