"""A neuron that the language has no name for: its threshold rises with its spikes; learned decays."""

import torch
from torch import nn

from .firing import Slope


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.beta = nn.Linear(6, 8), nn.Parameter(torch.linspace(0.2, 0.9, 8))

    def forward(self, x):
        mem = fatigue = torch.zeros(x.shape[1], 8)
        spikes = []
        for t in range(x.size(0)):
            mem = self.beta.clamp(0, 1) * mem + self.fc(x[t])
            threshold = 0.5 + 0.3 * fatigue
            spike = Slope.apply(mem - threshold)
            fatigue = 0.9 * fatigue + 0.1 * spike
            mem = mem - spike * threshold
            spikes.append(spike)
        return torch.stack(spikes, dim=0)


def made():
    return Net(), torch.rand(4, 2, 6) * 2, {}
