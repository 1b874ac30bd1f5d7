"""Seeds: one seed determines all random numbers of a run, such as initial weights and sample order."""

import hashlib
import os
import random
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from spikegraph.base.errors import TrainError
from spikegraph.base.interrupt import HANGUP
from spikegraph.base.surface import argument
from spikegraph.plugins.local_files import load_plugin

LARGEST = 2**63
"""Upper limit of derived seeds (exclusive); every generator accepts them."""

WARN, ERROR = 1, 2
"""Modes of torch for operations without a deterministic kernel."""

_DETERMINISTIC: Any = torch.utils.deterministic  # its attribute is created at run time, unseen by type checkers


def derive(seed: int, *purpose: str | int) -> int:
    """Derives a seed for one purpose from the run's seed: `derive(0, "search", "weights", 3)`.

    It is the same on every machine, and different for different arguments (up to a chance of 2^-63).
    """
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % LARGEST


def generator(seed: int, *purpose: str | int) -> torch.Generator:
    """A separate random generator for one purpose; other draws don't change it."""
    return torch.Generator().manual_seed(derive(seed, *purpose))


def seed_all(seed: int) -> None:
    """Seeds the generators of Python, numpy and torch (all devices)."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)  # pyright: ignore[reportUnknownMemberType]


@contextmanager
def reproducible(device: torch.device, threads: int | None = None, *, strict: bool = False) -> Generator[None]:
    """Enables deterministic kernels inside the block; restores the settings afterwards.

    On a GPU some operations have no deterministic kernel; torch then warns once for each.

    Args:
        device: The device of the models.
        threads: Number of torch threads; None leaves it.
        strict: Refuse these operations on a GPU too.

    Raises:
        TrainError: Such an operation was refused.
    """
    before = (
        torch.get_deterministic_debug_mode(),
        _DETERMINISTIC.fill_uninitialized_memory,
        torch.backends.cudnn.benchmark,
        torch.get_num_threads(),
    )
    if threads is not None:
        torch.set_num_threads(threads)
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    _set_mode(WARN if device.type != "cpu" and not strict else ERROR)
    # Filling every new tensor takes time and isn't needed: no operation here reads uninitialised memory.
    _DETERMINISTIC.fill_uninitialized_memory = False
    torch.backends.cudnn.benchmark = False
    try:
        yield
    except RuntimeError as error:
        if "does not have a deterministic implementation" not in str(error):
            raise
        summary = str(error).partition(",")[0]
        raise TrainError(
            f"{summary} on {device}", f"leave out {argument('deterministic')}, or use {argument('device', 'cpu')}"
        ) from error
    finally:
        torch.set_num_threads(before[3])
        _set_mode(before[0])
        _DETERMINISTIC.fill_uninitialized_memory = before[1]
        torch.backends.cudnn.benchmark = before[2]


def _set_mode(mode: int) -> None:
    """What torch does with operations without a deterministic kernel: 0, `WARN` or `ERROR`.

    Its compiler, whose import takes two seconds, is told too if it is there.
    """
    if "torch._inductor" in sys.modules:
        torch.use_deterministic_algorithms(mode > 0, warn_only=mode == WARN)
    else:
        torch.set_deterministic_debug_mode(mode)


def start_worker(worker: int, plugins: Sequence[Path] = ()) -> None:
    """Initialises a data loading process: seeds, threads, signals, and plug-ins that it lacks as it isn't forked.

    torch is already seeded from the loader's generator. Ctrl-C reaches all processes, but only the training process
    handles it, so workers ignore SIGINT and SIGHUP. SIGTERM ends a worker.
    """
    for path in plugins:
        load_plugin(path)
    seed = torch.initial_seed()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.set_num_threads(1)
    for number in (signal.SIGINT, HANGUP) if HANGUP else (signal.SIGINT,):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
