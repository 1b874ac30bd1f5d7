"""The device that a command computes on if none is named."""

from spikegraph.cli.streams import notice


def best_device(*, tell: bool = True) -> str:
    """The first GPU if there is one, else the CPU; prints which, with `tell`."""
    import torch  # noqa: PLC0415 (slow to import)

    device = "cuda" if torch.cuda.is_available() else "cpu"
    if tell:
        notice(f"device: {device}")
    return device
