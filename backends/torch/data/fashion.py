"""MNIST and Fashion-MNIST: as torchvision lays them out, and the small set that comes with the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikegraph.backends.torch.data.errors import DataError
from spikegraph.backends.torch.data.images import Held

SMALL = Path(__file__).with_name("fashion_mnist_small.npz")
"""4,000 training and 1,000 test images of Fashion-MNIST, 28 x 28; see the licence beside it."""

FASHION = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")


def read_small() -> tuple[Held, Held]:
    """Training and test set of the small Fashion-MNIST.

    Raises:
        DataError: The installation isn't whole.
    """
    try:
        with np.load(SMALL, allow_pickle=False) as data:
            parts = [(data[f"{part}_images"], data[f"{part}_labels"]) for part in ("train", "test")]
    except (OSError, KeyError, ValueError) as error:
        raise DataError(f"the small Fashion-MNIST can't be read: {error}", SMALL, "install the package anew") from error
    train, test = (Held(images[..., None], labels.astype(np.int64), FASHION) for images, labels in parts)
    return train, test


def read_mnist(name: str, folder: Path) -> tuple[Held, Held]:
    """Training and test set of `mnist` or `fashion_mnist`, in `MNIST/raw` or `FashionMNIST/raw` of a folder.

    Raises:
        DataError: Files are missing or unsound.
    """
    from torchvision import datasets  # noqa: PLC0415 (slow to import)

    kind = {"mnist": datasets.MNIST, "fashion_mnist": datasets.FashionMNIST}[name]
    parts: list[Held] = []
    for train in (True, False):
        try:
            found = kind(str(folder), train=train)
        except RuntimeError as error:
            raise DataError(
                f"there is no {kind.__name__}/raw with its four files in it", folder, "--download fetches it"
            ) from error
        except (ValueError, AssertionError, OSError) as error:
            raise DataError(f"a file of {kind.__name__}/raw is damaged: {error}", folder) from error
        parts.append(Held(found.data.numpy()[..., None], found.targets.numpy().astype(np.int64), tuple(kind.classes)))
    return parts[0], parts[1]
