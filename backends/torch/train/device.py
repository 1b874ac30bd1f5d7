"""Turns a device's name into a torch device."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch

from spikegraph.base.arguments import one_of
from spikegraph.base.errors import TrainError
from spikegraph.base.surface import argument

DEVICES = ("cpu", "cuda", "cuda:0", "mps")
"""The names in messages; torch has more, for other accelerators."""

OTHER_WORDS = {"gpu": "cuda", "nvidia": "cuda", "rocm": "cuda", "metal": "mps"}
"""What a device may be called elsewhere."""


def device_of(name: str) -> torch.device:
    """The torch device with this name, such as `cpu`, `cuda` or `cuda:1`.

    Raises:
        ArgumentError: torch doesn't know the device.
        TrainError: This machine doesn't have it.
    """
    try:
        device = torch.device(str(name))  # a number isn't the name of one
    except RuntimeError:
        one_of("device", name, DEVICES, OTHER_WORDS)
        raise
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        help = f"`{argument('device', 'cpu')}` works everywhere"
        raise TrainError(f"the device `{name}` can't be used: {reason}", help) from error
    return device


def require_precision(precision: str, device: torch.device) -> None:
    """Checks that a device has a precision.

    Raises:
        TrainError: The precision is `tf32`, and the device isn't a CUDA device.
    """
    if precision == "tf32" and device.type != "cuda":
        help = f"leave out {argument('precision', 'tf32')}, or use {argument('device', 'cuda')} on a machine with such a GPU"
        raise TrainError(f"TF32 is a precision of CUDA devices, and this training is on `{device}`", help)


@contextmanager
def float32_products(device: torch.device, precision: str) -> Generator[None]:
    """Inside, a CUDA device computes convolutions and products of float32 in float32, or with the precision `tf32` in TF32.

    TF32 rounds what is multiplied to 10 bits behind the point, and adds in float32. PyTorch's default is TF32 for convolutions.
    """
    if device.type != "cuda":
        yield
        return
    places: tuple[Any, Any] = (torch.backends.cuda.matmul, torch.backends.cudnn)
    before = [place.allow_tf32 for place in places]
    for place in places:
        place.allow_tf32 = precision == "tf32"
    try:
        yield
    finally:
        for place, allowed in zip(places, before, strict=True):
            place.allow_tf32 = allowed


def allocated(device: torch.device) -> int:
    """Bytes of a GPU's memory that tensors take; 0 on a CPU."""
    return torch.cuda.memory_allocated(device) if device.type == "cuda" else 0
