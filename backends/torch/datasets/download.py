"""Fetches published sets of images into a folder, only where that was asked for."""

from __future__ import annotations

from pathlib import Path

from spikegraph.errors import DataError

CLASSES = {"cifar10": "CIFAR10", "cifar100": "CIFAR100", "mnist": "MNIST", "fashion_mnist": "FashionMNIST"}
"""The sources that can be fetched, with torchvision's names of them."""


def download(source: str, folder: Path) -> None:
    """Fetches a set where it isn't there yet; torchvision checks what it has fetched.

    Args:
        source: As the language names it.
        folder: Made if it isn't there.

    Raises:
        DataError: The set can't be fetched by a program, or fetching fails.
    """
    if source not in CLASSES:
        raise DataError(
            f"`{source}` can't be fetched by a program; there are {', '.join(CLASSES)}",
            help="fetch it by hand, and name its folder with --data DIR",
        )
    from torchvision import datasets  # noqa: PLC0415 (slow to import)

    kind = getattr(datasets, CLASSES[source])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for train in (True, False):
            kind(str(folder), train=train, download=True)
    except (OSError, RuntimeError) as error:
        raise DataError(f"{CLASSES[source]} can't be fetched: {error}", folder, "try again, or fetch it by hand") from error
