"""SpikingJelly's neurons, which keep their own state, in a generator that is added up."""

import torch
from spikingjelly.activation_based import layer, neuron
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.lif = layer.Linear(3, 4), neuron.LIFNode()

    def forward(self, x):
        return sum(self.lif(self.fc(x)) for _ in range(3)) / 3


def made():
    return Net().eval(), torch.rand(2, 3) * 4, {}
