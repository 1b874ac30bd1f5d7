"""Reads MNIST and Fashion-MNIST in the layout of their files, which torchvision uses too."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.base.reading import read_plain
from spikegraph.base.surface import argument
from spikegraph.data.images import ImageArrays

LARGEST_FILE = 256 * 1024 * 1024
"""Most bytes of a file; the published ones have 47 MB."""


@dataclass(frozen=True)
class Layout:
    """Where the files of a data set are.

    Attributes:
        folder: Its folder within the data folder.
        classes: The names of its classes.
    """

    folder: str
    classes: tuple[str, ...]

    @property
    def raw(self) -> str:
        """The folder of the files within the data folder."""
        return f"{self.folder}/raw"


DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

LAYOUTS = {
    "mnist": Layout("MNIST", tuple(f"{k} - {name}" for k, name in enumerate(DIGITS))),
    "fashion_mnist": Layout(
        "FashionMNIST",
        ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
}

PREFIXES = {"train": "train", "test": "t10k"}
"""How the names of the files of each part begin."""


def read_mnist(name: str, folder: Path) -> tuple[ImageArrays, ImageArrays]:
    """Reads training and test set of `mnist` or `fashion_mnist` from `MNIST/raw` or `FashionMNIST/raw` of a folder.

    Raises:
        DataError: Files are missing or damaged.
    """
    layout = LAYOUTS[name]
    raw = folder / layout.raw
    if not raw.is_dir():
        raise DataError(f"there is no {layout.raw} with its four files", folder, f"download it with {argument('download')}")
    train, test = (ImageArrays(*read_part(raw, part), layout.classes) for part in PREFIXES)
    return train, test


def read_part(raw: Path, part: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images uint8 [N, H, W, 1] and class labels [N] of the part `train` or `test`.

    Raises:
        DataError: A file is missing or damaged.
    """
    paths = raw / f"{PREFIXES[part]}-images-idx3-ubyte", raw / f"{PREFIXES[part]}-labels-idx1-ubyte"
    images, labels = (_read(path, axes) for path, axes in zip(paths, (3, 1), strict=True))
    if not len(images):
        raise DataError("it has no image", paths[0], "download it again")
    if len(images) != len(labels):
        raise DataError(f"it has {len(labels):,} labels for {len(images):,} images", paths[1])
    wrong = np.flatnonzero(labels >= len(DIGITS))
    if wrong.size:
        raise DataError(f"label {wrong[0]} is {labels[wrong[0]]}, not from 0 to {len(DIGITS) - 1}", paths[1])
    return images[..., None], labels.astype(np.int64)


def _read(path: Path, axes: int) -> NDArray[np.uint8]:
    """An array of bytes with this number of axes."""
    try:
        data = read_plain(path, LARGEST_FILE)
    except FileNotFoundError as error:
        packed = path.with_name(f"{path.name}.gz").is_file()
        help = f"run gunzip on {path.name}.gz" if packed else f"use {argument('download')} to fetch it"
        raise DataError("the file is missing", path, help) from error
    except OSError as error:
        raise DataError(f"it can't be read: {error.strerror or error}", path) from error
    head = 4 + 4 * axes
    if data[:4] != bytes((0, 0, 8, axes)) or len(data) < head:
        raise DataError(f"it doesn't begin like an array of bytes with {axes} axes", path, "download it again")
    shape: tuple[int, ...] = struct.unpack(f">{axes}I", data[4:head])
    expected = int(np.prod(shape, dtype=object))
    if len(data) - head != expected:
        raise DataError(f"it has {len(data) - head:,} bytes of data, expected {expected:,}", path, "download it again")
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape)
