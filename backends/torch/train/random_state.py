"""Saves and restores the state of the global random generators."""

import random
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spikegraph.base.processes import Processes


def random_states(processes: Processes, device: torch.device) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The random states of all processes, by name: tensors, and other values for JSON."""
    found = list(enumerate(processes.gathered(random_state(device))))
    tensors = {f"{name_of(rank)}/{key}": value for rank, (of, _) in found for key, value in of.items()}
    return tensors, {name_of(rank): data for rank, (_, data) in found}


def name_of(rank: int) -> str:
    """The name of a process's state."""
    return f"random/{rank}" if rank else "random"


def random_state(device: torch.device) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The states of Python's, numpy's and torch's generators, and that of the device if it has one of its own.

    Returns:
        Tensors by name, and the other values for JSON.
    """
    version, words, gauss = random.getstate()
    legacy = cast("tuple[str, NDArray[np.uint32], int, int, float]", np.random.get_state())
    _, keys, position, has_gauss, cached = legacy
    tensors = {"torch": torch.get_rng_state(), "numpy": torch.from_numpy(keys.astype(np.int64))}  # pyright: ignore[reportUnknownMemberType]
    if (module := _with_generator(device)) is not None:
        tensors[device.type] = module.get_rng_state(device)
    return tensors, {"python": [version, list(words), gauss], "numpy": [int(position), int(has_gauss), float(cached)]}


@contextmanager
def generators_kept() -> Generator[None]:
    """Leaves the global generators as they were before the block, which may seed them: a caller's draws go on."""
    cpu, gpus = torch.device("cpu"), torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    state = random_state(cpu)
    try:
        yield
    finally:
        restore_random_state(*state, cpu)
        if gpus is None:
            torch.cuda.manual_seed_all(torch.initial_seed())  # what a first use of a GPU would have found
        else:
            torch.cuda.set_rng_state_all(gpus)


def restore_random_state(tensors: Mapping[str, Tensor], data: Mapping[str, Any], device: torch.device) -> None:
    """Restores a state that `random_state` returned; that of the device if it was saved on one of its kind.

    Raises:
        KeyError, ValueError, TypeError: The state is incomplete or invalid.
    """
    version, words, gauss = data["python"]
    random.setstate((version, tuple(words), gauss))
    position, has_gauss, cached = data["numpy"]
    keys = tensors["numpy"].numpy().astype(np.uint32)
    np.random.set_state(("MT19937", keys, position, has_gauss, cached))
    torch.set_rng_state(tensors["torch"].cpu())
    if (module := _with_generator(device)) is not None and device.type in tensors:
        module.set_rng_state(tensors[device.type].cpu(), device)


def _with_generator(device: torch.device) -> Any | None:
    """The module of a device with a generator of its own, such as `torch.cuda` and `torch.mps`; None for the CPU."""
    module = getattr(torch, device.type, None)
    return module if hasattr(module, "get_rng_state") else None
