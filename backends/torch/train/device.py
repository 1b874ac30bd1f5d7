"""Turns a device's name into a torch device."""

import torch

from spikegraph.errors import TrainError


def device_of(name: str) -> torch.device:
    """The torch device with this name, such as `cpu`, `cuda` or `cuda:1`.

    Raises:
        TrainError: torch doesn't know the device, or this machine doesn't have it.
    """
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise TrainError(f"the device `{name}` can't be used: {reason}", "`--device cpu` works everywhere") from error
    return device
