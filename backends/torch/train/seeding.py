"""One seed fixes a run: initial weights, order of the samples, and whatever else is drawn."""

from __future__ import annotations

import hashlib
import os
import random
import signal
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

LARGEST = 2**63
"""Seeds that are derived lie below this, so that every generator takes them."""

_DETERMINISTIC: Any = torch.utils.deterministic  # its attribute is made at run time, where no type checker sees it


def derive(seed: int, *purpose: str | int) -> int:
    """A seed for one purpose, from the run's seed: `derive(0, "search", "weights", 3)`.

    The same on every machine and in every process; equal only for equal arguments, but for chance (2^-63).
    """
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % LARGEST


def generator(seed: int, *purpose: str | int) -> torch.Generator:
    """A generator of its own for one purpose; what is drawn elsewhere doesn't change it."""
    return torch.Generator().manual_seed(derive(seed, *purpose))


def seed_all(seed: int) -> None:
    """Sets the generators of Python, numpy and torch (all devices)."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


@contextmanager
def reproducible(device: torch.device) -> Generator[None]:
    """Deterministic kernels inside the block; the settings are put back behind it.

    On a GPU some operations have no deterministic kernel: torch warns of each one once, and goes on.
    """
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        _DETERMINISTIC.fill_uninitialized_memory,
        torch.backends.cudnn.benchmark,
    )
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=device.type != "cpu")
    # Filling every fresh tensor would cost time, and no operation here reads memory that it didn't write.
    _DETERMINISTIC.fill_uninitialized_memory = False
    torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        _DETERMINISTIC.fill_uninitialized_memory = before[2]
        torch.backends.cudnn.benchmark = before[3]


def start_worker(worker: int) -> None:
    """Prepares a process that reads data: seeds, threads and signals.

    torch has seeded itself there already, from the loader's generator. Ctrl-C reaches the whole group of processes, and
    the training process alone decides what it means; a request to end must end the worker.
    """
    del worker
    seed = torch.initial_seed()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
