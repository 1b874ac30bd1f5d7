"""Layers with the steps in the dimension of the samples, and neurons with a loop over [N, T, ...]."""

import torch
from torch import nn

from .firing import Tent


class Merged(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.inner = nn.Sequential(*layers)

    def forward(self, x):
        whole = self.inner(x.flatten(0, 1).contiguous())
        return whole.view(x.shape[0], x.shape[1], *whole.shape[1:])


class Neurons(nn.Module):
    def __init__(self, threshold=1.0, decay=0.5, width=0.8):
        super().__init__()
        self.fire, self.threshold, self.decay, self.width = Tent.apply, threshold, decay, width

    def forward(self, x):
        mem, spikes = 0, []
        for t in range(x.shape[1]):
            mem = mem * self.decay + x[:, t, ...]
            spike = self.fire(mem - self.threshold, self.width)
            mem = (1 - spike) * mem
            spikes.append(spike)
        return torch.stack(spikes, dim=1)


class Layer(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.fwd = Merged(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs))
        self.act = Neurons()

    def forward(self, x):
        return self.act(self.fwd(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(Layer(2, 4), Merged(nn.AvgPool2d(2)), Layer(4, 6), Layer(6, 6))
        self.head = Merged(nn.Linear(6 * 16, 3))

    def forward(self, x):
        return self.head(torch.flatten(self.features(x), 2))


def made():
    return Net(), torch.rand(2, 4, 2, 8, 8) * 2, {"multi_step": True}
