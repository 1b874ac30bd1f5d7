"""Processes that read data start beside torch's threads, of which Python 3.12 and later warn."""

import os
import warnings

import pytest
import torch

from spikegraph.backends.torch.train.loader import batches
from spikegraph.backends.torch.train.sampling import Draw


class Images:
    """Four images, each of its own number."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        if torch.utils.data.get_worker_info() is not None:
            assert torch.get_num_threads() == 1  # so that it waits for no thread that it hasn't inherited
        return torch.full((1, 4, 4), float(index)), index


def test_forking_beside_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    fork = os.fork

    def forked() -> int:
        text = "This process (pid=1) is multi-threaded, use of fork() may lead to deadlocks in the child."
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        return fork()

    monkeypatch.setattr(os, "fork", forked)
    order = [[Draw(0, 0), Draw(0, 1)], [Draw(0, 2), Draw(0, 3)]]
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    found = list(batches(Images(), order, torch.device("cpu"), workers=2, seed=0))
    torch.set_num_threads(threads)
    assert [batch.truth.tolist() for batch in found] == [[0, 1], [2, 3]]
