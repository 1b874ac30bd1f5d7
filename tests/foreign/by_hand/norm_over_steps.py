"""A norm that computes the statistics of all steps itself, and multiplies what it norms by a threshold, as tdBN does."""

import torch
from torch import nn

from .steps_last import Net


class OverSteps(nn.Module):
    """For [N, C, H, W, T]; the names are its own."""

    def __init__(self, channels, *, factor=0.4, momentum=0.2, kept=None, eps=1e-4):
        super().__init__()
        self.shift, self.gain = nn.Parameter(torch.rand(channels) - 0.5), nn.Parameter(torch.rand(channels) + 1)
        self.register_buffer("moving_mean", torch.zeros(channels))
        self.register_buffer("moving_variance", torch.ones(channels))
        self.factor, self.momentum, self.kept, self.eps = factor, momentum, kept, eps

    def forward(self, x):
        mean, variance = self.moving_mean, self.moving_variance
        if self.training:
            others = [k for k in range(x.dim()) if k != 1]
            mean, variance, count = x.mean(others), x.var(others, unbiased=False), x.numel() / x.shape[1]
            kept = count / (count - 1) if self.kept is None else self.kept
            with torch.no_grad():
                self.moving_mean = (1 - self.momentum) * self.moving_mean + self.momentum * mean
                self.moving_variance = (1 - self.momentum) * self.moving_variance + self.momentum * variance * kept
        along = (None, slice(None), *[None] * (x.dim() - 2))
        x = self.factor * (x - mean[along]) / torch.sqrt(variance[along] + self.eps)
        return x * self.gain[along] + self.shift[along]


def made():
    return Net(OverSteps), torch.rand(2, 2, 8, 8, 2) * 2, {}
