"""Time steps as the last dimension; a layer is called once more for the shape, and neurons read what they wrote before."""

import torch
from torch import nn

from .firing import Window


class EachStep(nn.Module):
    def __init__(self, inner, norm=None):
        super().__init__()
        self.inner, self.norm = inner, norm

    def forward(self, x):
        time = x.shape[-1]
        y = torch.zeros(*self.inner(x[..., 0]).shape, time)
        for t in range(time):
            y[..., t] = self.inner(x[..., t])
        return y if self.norm is None else self.norm(y)


class Neurons(nn.Module):
    def forward(self, x):
        mem, spikes = torch.zeros(x.shape[:-1]), torch.zeros(x.shape)
        for t in range(x.shape[-1]):
            mem = 0.25 * mem * (1 - spikes[..., max(t - 1, 0)]) + x[..., t]
            spikes[..., t] = Window.apply(mem)
        return spikes


class Net(nn.Module):
    def __init__(self, norm=nn.BatchNorm3d):
        super().__init__()
        self.stem = EachStep(nn.Conv2d(2, 4, 3, padding=1, bias=False), norm(4))
        self.body = EachStep(nn.Conv2d(4, 4, 3, padding=1, bias=False), norm(4))
        self.pool, self.hidden, self.head = (EachStep(m) for m in (nn.AvgPool2d(4), nn.Linear(16, 6), nn.Linear(6, 3)))
        self.fire = Neurons()

    def forward(self, x):
        x = self.fire(self.stem(x))
        y = self.body(x)
        y += x
        x = self.pool(self.fire(y))
        x = x.view(x.shape[0], -1, x.shape[-1])
        x = self.fire(self.head(self.fire(self.hidden(x))))
        return x.sum(dim=2) / x.shape[2]


def made():
    return Net(), torch.rand(2, 2, 8, 8, 2) * 2, {}
