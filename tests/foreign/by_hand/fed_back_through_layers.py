"""The sum of what layers compute at a step is added to the input of the next one, as the backward cells of SNASNet have it."""

import torch
from spikingjelly.activation_based import neuron
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.head = nn.Linear(6, 8), nn.Linear(8, 3)
        self.first, self.second, self.lif = nn.Linear(8, 8), nn.Linear(8, 8), neuron.LIFNode()

    def forward(self, x):  # [T, N, 6]
        earlier, total = 0.0, 0.0
        for t in range(len(x)):
            spikes = self.lif(self.stem(x[t]) + earlier)
            earlier = self.first(spikes) + self.second(spikes)
            total = total + self.head(spikes)
        return total / len(x)


def made():
    return Net(), 4 * torch.rand(4, 2, 6), {}
