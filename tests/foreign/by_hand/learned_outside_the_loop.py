"""A recurrent neuron with decays for each channel, computed before its equations, whose state is None before the first step."""

import torch
from torch import nn

from .firing import Slope


class Neuron(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.decay = nn.Parameter(torch.linspace(0.0, 1.0, channels))
        self.rest = nn.Parameter(torch.linspace(-1.0, -0.5, channels))

    def step(self, current, state=None):
        decay = torch.sigmoid(self.decay).view(-1, *[1] * (current.dim() - 2))
        rest = torch.exp(self.rest)[:, None, None] if current.dim() == 4 else torch.exp(self.rest)
        u, trace = (torch.full_like(current, 0.3), torch.zeros_like(current)) if state is None else state
        u = decay * u + (1 - decay) * current - 0.5 * trace
        y = Slope.apply(u - rest)
        return y, (u * (1 - y), 0.5 * trace + y)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.back, self.neuron = nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(3, 3, 1), Neuron(3)

    def forward(self, x):
        before, state, spikes = torch.zeros(x.shape[1], 3, 5, 5, dtype=x.dtype), None, []
        for image in x:
            before, state = self.neuron.step(self.conv(image) + self.back(before), state)
            spikes.append(before)
        return torch.stack(spikes)


def made():
    return Net(), 3 * torch.rand(5, 2, 2, 5, 5), {}
