"""snnTorch's neurons, with states from `init_leaky` and a loop; the potentials of the last layer are returned too."""

import snntorch
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, steps):
        super().__init__()
        self.fc1, self.lif1 = nn.Linear(6, 8), snntorch.Leaky(beta=0.9)
        self.fc2, self.lif2 = nn.Linear(8, 3), snntorch.Leaky(beta=0.8)
        self.steps = steps

    def forward(self, x):
        mem1, mem2 = self.lif1.init_leaky(), self.lif2.init_leaky()
        spikes, potentials = [], []
        for _ in range(self.steps):
            spike1, mem1 = self.lif1(self.fc1(x), mem1)
            spike2, mem2 = self.lif2(self.fc2(spike1), mem2)
            spikes.append(spike2)
            potentials.append(mem2)
        return torch.stack(spikes, dim=0), torch.stack(potentials, dim=0)


def made():
    return Net(5), torch.rand(2, 6) * 2, {}
