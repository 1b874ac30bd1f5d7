"""What tests of networks for spoken digits (SHD) share."""

import math

import torch

from .loops import Loops


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
