"""Folders of images, one a class, as torchvision's ImageFolder has them: `train/CLASS/*.JPEG` and `val/CLASS/*.JPEG`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikegraph.errors import DataError

PARTS = ("train", "val")


@dataclass(frozen=True)
class Folder:
    """Images that are read when they are asked for.

    Attributes:
        paths: Of the images.
        labels: int64 [N].
        classes: The folders' names.
    """

    paths: tuple[str, ...]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    def image(self, index: int) -> NDArray[np.uint8]:
        """One image, uint8 [H, W, 3]; grey ones and others are made RGB.

        Raises:
            DataError: It can't be read.
        """
        from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 (only needed here)

        try:
            with Image.open(self.paths[index]) as image:
                return np.array(image.convert("RGB"))
        except (UnidentifiedImageError, OSError, SyntaxError) as error:
            raise DataError(f"it is no sound image: {error}", Path(self.paths[index])) from error


def read_folders(folder: Path) -> tuple[Folder, Folder]:
    """Training and test set.

    Raises:
        DataError: A folder is missing or holds no image.
    """
    train, test = (_read(folder / part) for part in PARTS)
    return train, test


def _read(folder: Path) -> Folder:
    from torchvision.datasets import ImageFolder  # noqa: PLC0415 (slow to import)

    if not folder.is_dir():
        raise DataError("there is no such folder", folder, "images lie in train/CLASS/ and val/CLASS/")
    try:
        found = ImageFolder(str(folder))
    except FileNotFoundError as error:
        raise DataError(str(error), folder, "images lie in train/CLASS/ and val/CLASS/") from error
    paths, labels = zip(*found.samples, strict=True)
    return Folder(paths, np.asarray(labels, np.int64), tuple(found.classes))
