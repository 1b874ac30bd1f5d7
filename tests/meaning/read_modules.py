"""Modules of PyTorch, as `from_torch` compares them with the specs that it writes."""

import torch
from torch import Tensor, nn

import spikegraph


def layers() -> None:
    """A chain of layers."""
    torch.manual_seed(0)
    chain = [
        nn.Conv2d(4, 4, 3, padding=(1, 0), groups=2),
        nn.BatchNorm2d(4, eps=0.01),
        nn.ReLU(),
        nn.Conv2d(4, 3, (3, 5), padding=(0, 2)),
    ]
    spikegraph.from_torch(nn.Sequential(*chain), torch.randn(2, 4, 7, 7))


class OverTime(nn.Module):
    """Pixels of [T, N, 3, H, W] as tokens with numbers of their own; steps become channels, each of which takes the others."""

    def __init__(self, steps: int, pixels: int) -> None:
        super().__init__()
        self.at = nn.Parameter(torch.randn(pixels, 3))
        self.mix = nn.Linear(3 * steps, 3 * steps)
        with torch.no_grad():
            self.mix.weight.fill_diagonal_(0)
        self.mix.weight.register_hook(lambda gradient: gradient.clone().fill_diagonal_(0))

    def forward(self, x: Tensor) -> Tensor:
        tokens = (x.flatten(3).transpose(2, 3) + self.at).mean(2)
        return torch.erf(self.mix(tokens.transpose(0, 1).flatten(1)))


def over_time() -> None:
    """A module that makes channels of time steps."""
    torch.manual_seed(0)
    spikegraph.from_torch(OverTime(4, 6), torch.randn(4, 2, 3, 2, 3), multi_step=True)
