"""The norm over several processes: numbers far from zero keep their digits."""

import numpy as np
import pytest
import torch

from spikegraph.backends.distributed import norm


@pytest.fixture
def two_processes(monkeypatch):
    """Stands for a second process, which has the same number of other values: those of the first, 2 larger."""

    def all_gather(every, own):
        every[0].copy_(own)
        every[1].copy_(own)
        every[1][: (len(own) - 1) // 2] += 2

    monkeypatch.setattr(norm.dist, "get_world_size", lambda: 2)
    monkeypatch.setattr(norm.dist, "all_gather", all_gather)


def test_statistics_far_from_zero(two_processes):
    """All values of both processes, in numpy's long doubles."""
    x = 2.0**30 + torch.randn(6, 3, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    weight, bias, mean, var = torch.ones(3), torch.zeros(3), torch.zeros(3).double(), torch.zeros(3).double()
    y = norm.synchronised_norm(x, weight, bias, mean, var, 1.0, 0.0)
    every = np.concatenate((x.numpy(), x.numpy() + 2)).astype(np.longdouble)
    wanted = (every - every.mean((0, 2), keepdims=True)) / every.std((0, 2), keepdims=True)
    assert abs(y.numpy() - wanted[:6]).max() < 1e-6
    assert var.numpy() == pytest.approx(every.var((0, 2), ddof=1).astype(float), rel=1e-6)


@pytest.mark.parametrize("processes", [1, 2])
def test_one_process_alone_has_nobody_to_synchronise_with(processes, monkeypatch):
    monkeypatch.setattr(norm.dist, "is_initialized", lambda: True)
    monkeypatch.setattr(norm.dist, "get_world_size", lambda: processes)
    assert norm.synchronising() == (processes == 2)


def test_a_channel_of_equal_numbers(two_processes, monkeypatch):
    """Its variance is 0, whatever the number."""
    monkeypatch.setattr(norm.dist, "all_gather", lambda every, own: [each.copy_(own) for each in every])
    x, mean, var = torch.full((7, 1, 9), 1.1, dtype=torch.float64), torch.zeros(1).double(), torch.ones(1).double()
    norm.synchronised_norm(x, torch.ones(1), torch.zeros(1), mean, var, 1.0, 1e-5)
    assert var.item() < 1e-30
