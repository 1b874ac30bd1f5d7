"""The line of the module's code that a refusal names."""

import inspect
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from spikegraph import from_torch
from spikegraph.cli.entry import run
from spikegraph.foreign.errors import ForeignError


class Part(nn.Module):
    """A part of a module, with what it does to the result of its layer."""

    def __init__(self, act):
        super().__init__()
        self.fc, self.act = nn.Linear(6, 6), act

    def forward(self, x):
        return self.act(self.fc(x))  # a layer


def summed(x):
    y = torch.relu(x)
    return torch.cumsum(y, 1)  # a function


def number(x):
    return x * x.sum().item()  # a number


def branch(x):
    if x.mean() > 0:  # a branch
        return 2 * x
    return x


def wrong(x):
    return x.reshape(7, 7)  # an error


def scaled(x):
    return x * torch.arange(6.0)  # a tensor


def line_of(comment):
    lines = inspect.getsource(sys.modules[__name__]).splitlines()
    return next(k for k, line in enumerate(lines, 1) if line.endswith(f"  # {comment}"))


@pytest.mark.parametrize(
    ("act", "comment"),
    [
        (summed, "a function"),
        (number, "a number"),
        (branch, "a branch"),
        (wrong, "an error"),
        (scaled, "a tensor"),
        (nn.Hardtanh(-2, 2), "a layer"),
    ],
)
def test_the_innermost_line(act, comment):
    with pytest.raises(ForeignError) as told:
        from_torch(nn.Sequential(Part(nn.ReLU()), Part(act)), torch.rand(2, 6))
    assert told.value.details == (f"at {Path(__file__).name}:{line_of(comment)}",)


def test_layers_alone_have_no_line():
    with pytest.raises(ForeignError) as told:
        from_torch(nn.Sequential(nn.Linear(6, 6), nn.Hardtanh(-2, 2)), torch.rand(2, 6))
    assert told.value.details == ()


CODE = """import torch
from torch import nn

class Net(nn.Module):
    def forward(self, x):
        return torch.cumsum(x, 1)

def net():
    return nn.Sequential(nn.Linear(6, 6), Net()), torch.rand(2, 6)
"""


def test_the_command_prints_it(tmp_path, capsys):
    (tmp_path / "own.py").write_text(CODE)
    assert run(["import", f"{tmp_path}/own.py:net", "--from", "torch", "--trust-code", "-o", f"{tmp_path}/net"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "error: `1`, torch.cumsum: the language has no such function",
        "  at own.py:6",
        "help: use the mean over all pixels, or over the time steps",
    ]
