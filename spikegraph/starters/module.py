"""The file with a module of PyTorch, which `spikegraph import` writes as a spec."""

from pathlib import Path

from spikegraph.base.files import write_whole

FILE, FUNCTION, NETWORK = "model.py", "net", "network"
"""The file's name, the function in it that makes the module, and the folder of the spec and the weights."""

TEXT = '''\
"""A module of PyTorch: put yours here. `net` returns it, with an example of its inputs."""

import torch
from torch import nn


class Net(nn.Module):
    """Grey images [N, 1, 28, 28] to numbers of three classes [N, 3]."""

    def __init__(self):
        super().__init__()
        self.stage0 = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2))
        self.stage1 = nn.Sequential(nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2))
        self.stage2 = nn.Sequential(nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU())
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(64, 3)

    def forward(self, x):
        x = self.stage2(self.stage1(self.stage0(x)))
        return self.head(self.pool(x).flatten(1))


def net():
    torch.manual_seed(0)
    module = Net()  # with trained weights: module.load_state_dict(torch.load("trained.pth", weights_only=True))
    return module, torch.rand(2, 1, 28, 28)
'''


def write_module(folder: Path) -> None:
    """Writes `model.py`."""
    write_whole(folder / FILE, TEXT)
