"""Turns a device's name into a torch device."""

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
