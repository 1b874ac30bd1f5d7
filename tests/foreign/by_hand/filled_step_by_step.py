"""An image and results of convolutions that are written into tensors step by step, and a norm over [N, C, T, H, W]."""

import torch
from torch import nn
from torch.nn import functional

from .firing import Window


class EachStep(nn.Conv2d):
    def forward(self, input):
        out = torch.zeros(*input.shape[:2], self.out_channels, *input.shape[3:])
        for t in range(input.shape[0]):
            out[t] = functional.conv2d(input[t], self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
        return out


class Norm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.BatchNorm3d(channels)

    def forward(self, x):
        return self.norm(x.permute(1, 2, 0, 3, 4)).permute(2, 0, 1, 3, 4)


class Neurons(nn.Module):
    def forward(self, x):
        out = torch.zeros_like(x)
        mem, spike = None, None
        for t in range(x.shape[0]):
            mem = x[t] if mem is None else mem * 0.25 * (1 - spike.detach()) + x[t]
            spike = Window.apply(mem)
            out[t] = spike
        return out


class Net(nn.Module):
    def __init__(self, steps):
        super().__init__()
        self.steps = steps
        self.first = nn.Sequential(EachStep(3, 4, 3, padding=1, bias=False), Norm(4), Neurons())
        self.second = nn.Sequential(EachStep(4, 4, 3, padding=1), Norm(4))
        self.fire, self.fc = Neurons(), nn.Linear(4, 3)

    def forward(self, image):
        x = torch.zeros(self.steps, *image.shape)
        for t in range(self.steps):
            x[t] = image
        x = self.first(x)
        x = functional.adaptive_avg_pool3d(self.fire(self.second(x) + x), (None, 1, 1))
        x = x.view(x.size(0), x.size(1), -1)
        return self.fc(x.sum(dim=0) / x.size(0))


def made():
    return Net(3), torch.rand(2, 3, 6, 6) * 2, {}
