"""Where a model runs."""

from __future__ import annotations

import torch

from spikegraph.errors import TrainError


def device_of(name: str) -> torch.device:
    """The device that `cpu`, `cuda` or `cuda:1` means.

    Raises:
        TrainError: torch has no such device, or this machine hasn't.
    """
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise TrainError(f"the device `{name}` can't be used: {reason}", "`--device cpu` works everywhere") from error
    return device
