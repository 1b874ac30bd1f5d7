"""Layers of networks that are written in tests, for sequences [T, N, C, *size]."""

import torch
import torch.nn.functional as F
from torch import nn


class Fire(nn.Module):
    """Neurons u[t] = decay * v[t-1] + gain * I[t] that fire above the threshold or at it, step by step in a loop."""

    def __init__(self, decay: float, threshold: float = 1.0, gain: float = 1.0, *, soft: bool = False, reached: bool = False):
        super().__init__()
        self.decay, self.threshold, self.gain, self.soft, self.reached = decay, threshold, gain, soft, reached

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        v, spikes = torch.zeros_like(x[0]), []
        for current in x:
            u = self.decay * v + self.gain * current
            y = (u >= self.threshold if self.reached else u > self.threshold).to(x.dtype)
            v = u - self.threshold * y if self.soft else u * (1 - y)
            spikes.append(y)
        return torch.stack(spikes)


class Each(nn.Sequential):
    """Layers of torch on each time step alone; a norm sees all of them, as one batch."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(input.flatten(0, 1)).unflatten(0, input.shape[:2])


class Mean(nn.Sequential):
    """The mean over time of what a network gives."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(input).mean(0)


class Shortcut(nn.Sequential):
    """Adds what it is given to what its layers make of it."""

    def forward(self, input):
        return input + super().forward(input)


class Padded(nn.BatchNorm2d):
    """A norm with one pixel more on each side: what it gives for 0, by its running statistics."""

    def forward(self, input):
        y = F.pad(super().forward(input), (1, 1, 1, 1))
        inside = F.pad(torch.ones_like(input), (1, 1, 1, 1))
        assert self.running_mean is not None
        assert self.running_var is not None
        zero = self.bias - self.running_mean * self.weight / (self.running_var + self.eps).sqrt()
        return y + (1 - inside) * zero.reshape(-1, 1, 1)
