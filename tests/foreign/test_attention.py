"""Attention as people write it: products of queries, keys and values in any order, masks of heads, and parts of one layer."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from .examples import example, taken_over


class Attention(nn.Module):
    """Queries, keys and values of 2 heads with 4 channels each; `mixed` computes with them, and with [N, H, W]."""

    def __init__(self, mixed):
        super().__init__()
        self.q, self.k, self.v = (nn.Conv2d(3, 8, 1) for _ in range(3))
        self.head, self.mixed = nn.Conv1d(8, 3, 1), mixed

    def forward(self, x):
        return self.head(torch.relu(self.mixed(self, x, *x.shape[:1], x.shape[2] * x.shape[3]))).mean(-1)


def rows(net, x, n, length):
    return (of(x).flatten(2).transpose(1, 2).reshape(n, length, 2, 4).permute(0, 2, 1, 3) for of in (net.q, net.k, net.v))


def columns(net, x, n, length):
    return (of(x).view(n, 2, 4, length) for of in (net.q, net.k, net.v))


def scores_first(net, x, n, length):
    q, k, v = rows(net, x, n, length)
    return (((q @ k.transpose(-2, -1)) * 0.25) @ v).transpose(1, 2).reshape(n, length, 8).transpose(1, 2)


def values_first(net, x, n, length):
    q, k, v = rows(net, x, n, length)
    return (torch.matmul(q, torch.matmul(k.mT, v)) / 8).permute(0, 1, 3, 2).reshape(n, 8, length)


def in_columns(net, x, n, length):
    q, k, v = columns(net, x, n, length)
    return (v @ k.transpose(-2, -1) @ q * 0.125).reshape(n, 8, length)


def columns_scores_first(net, x, n, length):
    q, k, v = columns(net, x, n, length)
    return (v @ (k.transpose(-2, -1) @ q)).flatten(1, 2)


def mask_of_heads(net, x, n, length):
    q, k, v = columns(net, x, n, length)
    return (torch.relu(q.sum(2, keepdim=True)) * k + v).flatten(1, 2)


def mask_of_channels(net, x, n, length):
    q, k, v = rows(net, x, n, length)
    return (q * torch.relu((k * v).sum(dim=-2, keepdim=True))).transpose(2, 3).reshape(n, 8, length)


def mean_of_heads(net, x, n, length):
    q, k, v = columns(net, x, n, length)
    return torch.cat([q.mean(1), k.amax(1)], 1) + v.flatten(1, 2)


FORMS = {
    scores_first: "attend(q, k, v, heads = 2, scale = 0.25) -> act -> conv(1, out = 3)",
    values_first: "attend(q, k, v, heads = 2) -> act -> conv(1, out = 3)",
    in_columns: "attend(q, k, v, heads = 2) -> act -> conv(1, out = 3)",
    columns_scores_first: "attend(q, k, v, heads = 2, scale = 1) -> act -> conv(1, out = 3)",
    mask_of_heads: "q -> reduce(over = channels, by = sum, heads = 2) -> act -> spread(to = 8)",
    mask_of_channels: "mul(k, v) -> reduce(over = space, by = sum) -> act",
    mean_of_heads: "q -> reduce(over = heads, by = mean, heads = 2)",
}


@pytest.mark.parametrize("mixed", FORMS, ids=lambda f: f.__name__)
def test_forms_of_attention(mixed):
    torch.manual_seed(0)
    module = Attention(mixed)
    x = example(2, 3, 3, 5) - 0.5
    found = taken_over(module, x)
    assert FORMS[mixed] in found.spec


class OneLayer(nn.Module):
    """Queries, keys and values of one layer, taken apart by `apart`."""

    def __init__(self, apart):
        super().__init__()
        self.qkv, self.head, self.apart = nn.Linear(3, 24), nn.Linear(8, 2), apart

    def forward(self, x):
        n, length, _ = x.transpose(1, 2).shape
        q, k, v = self.apart(self.qkv(x.transpose(1, 2)), n, length)
        return self.head((q @ k.transpose(-2, -1) @ v).transpose(1, 2).reshape(n, length, 8).mean(1))


APART = {
    "unbind": lambda y, n, length: y.reshape(n, length, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0),
    "subscripts": lambda y, n, length: tuple(y.reshape(n, length, 3, 2, 4).permute(2, 0, 3, 1, 4)[k] for k in range(3)),
    "chunk": lambda y, n, length: tuple(p.reshape(n, length, 2, 4).transpose(1, 2) for p in y.chunk(3, dim=-1)),
    "ranges": lambda y, n, length: tuple(y[..., 8 * k : 8 * k + 8].view(n, length, 2, 4).permute(0, 2, 1, 3) for k in range(3)),
}


@pytest.mark.parametrize("name", APART)
def test_parts_of_one_layer(name):
    torch.manual_seed(0)
    found = taken_over(OneLayer(APART[name]), example(2, 3, 7) - 0.5)
    lines = [line.strip() for line in found.spec.splitlines()]
    parts = [line for line in lines if "split(" in line]
    assert len(parts) == 3
    assert "attend(" in found.spec


class Computed(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.first, self.function = nn.Conv2d(3, 8, 3), function

    def forward(self, x):
        return self.function(self.first(x))


FUNCTIONS = {
    "difference": lambda x: x - torch.relu(x),
    "negative": lambda x: x - (-x),
    "factor": lambda x: 0.3 * x + x / 4,
    "quotient": lambda x: x / torch.exp(x),
    "sigmoid": lambda x: x * torch.sigmoid(x),
    "tanh": torch.tanh,
    "silu": F.silu,
    "relu6": F.relu6,
    "hardswish": F.hardswish,
    "hardsigmoid": F.hardsigmoid,
    "gelu": F.gelu,
    "gelu by tanh": lambda x: F.gelu(x, approximate="tanh"),
    "error function": lambda x: x * torch.erf(x),
    "sum of channels": lambda x: x * x.sum(1, keepdim=True),
    "maximum over pixels": lambda x: x.amax((2, 3)),
    "maximum over rows": lambda x: x.max(dim=2).values,
    "mean over columns": lambda x: x.mean(3),
    "a number for each channel": lambda x: x - x.mean((2, 3), keepdim=True),
    "halves": lambda x: torch.cat(x.chunk(2, 1)[::-1], 1),
    "unequal parts": lambda x: torch.cat([F.relu(p) for p in x.split([2, 5, 1], 1)], 1),
    "one channel": lambda x: x[:, 3],
    "each channel twice": lambda x: x.repeat_interleave(2, 1),
    "a range": lambda x: x[:, 2:5, ..., None][..., 0],
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function(name):
    torch.manual_seed(0)
    taken_over(Computed(FUNCTIONS[name]), 9 * example(2, 3, 7, 6) - 4.5)


@pytest.mark.parametrize(
    "layer", [nn.ReLU6(), nn.Hardswish(), nn.Hardsigmoid(), nn.SiLU(), nn.GELU(), nn.GELU("tanh"), nn.Tanh()], ids=str
)
def test_an_activation(layer):
    torch.manual_seed(0)
    found = taken_over(nn.Sequential(nn.Conv2d(3, 4, 3), layer), 9 * example(2, 3, 7, 6) - 4.5)
    assert "time = 1" in " ".join(found.spec.split())


def test_gates_of_channels():
    """Squeeze and excitation: convolutions on one pixel are linear layers."""

    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.down, self.up = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 1), nn.Conv2d(4, 8, 1)

        def forward(self, x):
            x = self.first(x)
            return x * F.hardsigmoid(self.up(F.relu(self.down(F.adaptive_avg_pool2d(x, 1)))))

    torch.manual_seed(0)
    found = taken_over(Gated(), example(2, 3, 8, 8))
    assert "pool -> linear(4) -> act -> linear(8) -> hard_sigmoid" in found.spec
