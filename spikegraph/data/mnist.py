"""Reads MNIST and Fashion-MNIST in torchvision's layout."""

from pathlib import Path

import numpy as np

from spikegraph.data.images import ImageArrays
from spikegraph.errors import DataError


def read_mnist(name: str, folder: Path) -> tuple[ImageArrays, ImageArrays]:
    """Reads training and test set of `mnist` or `fashion_mnist` from `MNIST/raw` or `FashionMNIST/raw` of a folder.

    Raises:
        DataError: Files are missing or damaged.
    """
    from torchvision import datasets  # noqa: PLC0415 (slow to import)  # pyright: ignore[reportMissingTypeStubs]

    kind = {"mnist": datasets.MNIST, "fashion_mnist": datasets.FashionMNIST}[name]
    parts: list[ImageArrays] = []
    for train in (True, False):
        try:
            found = kind(str(folder), train=train)
        except RuntimeError as error:
            raise DataError(
                f"there is no {kind.__name__}/raw with its four files", folder, "download it with --download"
            ) from error
        except (ValueError, AssertionError, OSError) as error:
            raise DataError(f"a file of {kind.__name__}/raw is damaged: {error}", folder) from error
        parts.append(ImageArrays(found.data.numpy()[..., None], found.targets.numpy().astype(np.int64), tuple(kind.classes)))
    return parts[0], parts[1]
