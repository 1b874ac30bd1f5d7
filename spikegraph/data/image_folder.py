"""Reads folders of images, one for each class, in the layout of torchvision's ImageFolder: `train/CLASS/*.JPEG`."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikegraph.errors import DataError

PARTS = ("train", "val")


@dataclass(frozen=True)
class Folder:
    """A folder of images, which are read lazily.

    Attributes:
        paths: The paths of the N images.
        labels: The classes, int64 [N].
        classes: The names of the classes: those of the folders.
    """

    paths: tuple[str, ...]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    def image(self, index: int) -> NDArray[np.uint8]:
        """Reads one image as RGB, uint8 [H, W, 3].

        Raises:
            DataError: The image can't be read.
        """
        from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 (only needed here)

        try:
            with Image.open(self.paths[index]) as image:
                return np.array(image.convert("RGB"))
        except (UnidentifiedImageError, OSError, SyntaxError) as error:
            raise DataError(f"the image can't be read: {error}", Path(self.paths[index])) from error


def read_folders(folder: Path) -> tuple[Folder, Folder]:
    """Lists training and test set, `train/` and `val/` of a folder.

    Raises:
        DataError: A folder is missing or contains no image.
    """
    train, test = (_read(folder / part) for part in PARTS)
    return train, test


def _read(folder: Path) -> Folder:
    from torchvision.datasets import ImageFolder  # noqa: PLC0415 (slow to import)  # pyright: ignore[reportMissingTypeStubs]

    if not folder.is_dir():
        raise DataError("there is no such folder", folder, "images must be in train/CLASS/ and val/CLASS/")
    try:
        found = ImageFolder(str(folder))
    except FileNotFoundError as error:
        raise DataError(str(error), folder, "images must be in train/CLASS/ and val/CLASS/") from error
    paths, labels = zip(*found.samples, strict=True)
    return Folder(paths, np.asarray(labels, np.int64), tuple(found.classes))
