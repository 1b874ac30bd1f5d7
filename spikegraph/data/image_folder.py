"""Reads folders of images, one for each class, in the layout of torchvision's ImageFolder: `train/CLASS/*.JPEG`."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.base.errors import DataError
from spikegraph.data.content_hash import of_classes, of_files
from spikegraph.data.image_file import SUFFIXES, read_rgb
from spikegraph.data.images import Labelled, image_sample
from spikegraph.data.sample import Sample
from spikegraph.data.written_folders import folders_of_data

PARTS = ("train", "val")

LAYOUT = "images must be in train/CLASS/ and val/CLASS/"


@dataclass(frozen=True)
class Folder(Labelled):
    """A folder of images, which are read lazily.

    Attributes:
        paths: The paths of the N images.
        labels: The classes, int64 [N].
        classes: The names of the classes: those of the folders.
    """

    paths: tuple[str, ...]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    @override
    def sample(self, index: int) -> Sample:
        return image_sample(self.picture(index), int(self.labels[index]))

    @override
    def picture(self, index: int) -> NDArray[np.uint8]:
        return read_rgb(self.place(index))

    @override
    def place(self, index: int) -> Path:
        return Path(self.paths[index])

    @override
    def content(self) -> Iterator[bytes]:
        yield from of_classes(self.classes, self.labels)
        root = len(os.path.commonpath([Path(path).parent.parent for path in self.paths]))
        yield from of_files([Path(path) for path in self.paths], [path[root:] for path in self.paths])


def read_folders(folder: Path) -> tuple[Folder, Folder]:
    """Lists training and test set, `train/` and `val/` of a folder.

    Raises:
        DataError: A folder is missing or contains no image.
    """
    train, test = (folder_of(files_by_class(folder / part, IMAGES, LAYOUT)) for part in PARTS)
    return train, test


def is_image(path: str | Path) -> bool:
    """Whether a file has the name of an image."""
    return IMAGES.has(str(path))


def files_below(folder: Path) -> list[str]:
    """The files in a folder and its subfolders, in torchvision's order. Links are followed, except to folders already seen.

    Raises:
        DataError: A folder can't be read.
    """
    try:
        return [os.path.join(at, name) for at, names in sorted(_walk(folder)) for name in sorted(names)]  # noqa: PTH118
    except OSError as error:
        raise DataError(f"the folder can't be read: {error.strerror or error}", Path(error.filename)) from error


def _walk(folder: Path) -> Iterator[tuple[str, list[str]]]:
    seen: set[tuple[int, int]] = set()
    for at, folders, names in os.walk(folder, followlinks=True, onerror=_raise):
        status = os.stat(at)  # noqa: PTH116
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders.sort()
        yield at, names


def _raise(error: OSError) -> None:
    raise error


@dataclass(frozen=True)
class FileKind:
    """Files that are samples: what they are, and how their names end, in lower case."""

    noun: str
    suffixes: tuple[str, ...]

    def has(self, path: str) -> bool:
        """Whether a file has such a name; hidden ones, such as macOS's `._1.png`, don't count."""
        return path.lower().endswith(self.suffixes) and not Path(path).name.startswith(".")


IMAGES = FileKind("image", SUFFIXES)


def files_by_class(folder: Path, kind: FileKind, layout: str) -> dict[str, list[str]]:
    """The paths of the files of each class, by the name of its folder, in order, of the `folders_of_data`.

    Args:
        folder: The folder of the classes.
        kind: What files are looked for.
        layout: Where they must be, for messages.

    Raises:
        DataError: The folder is missing or can't be read, or has no class, or a class has no such file.
    """
    if not folder.is_dir():
        raise DataError("there is no such folder", folder, layout)
    try:
        classes = [entry.name for entry in folders_of_data(folder)]
    except OSError as error:
        raise DataError(f"the folder can't be read: {error.strerror or error}", folder) from error
    if not classes:
        raise DataError("it has no folders of classes", folder, layout)
    found = {name: [path for path in files_below(folder / name) if kind.has(path)] for name in classes}
    for name, paths in found.items():
        if not paths:
            raise DataError(f"it has no {kind.noun} (names end in {', '.join(kind.suffixes)})", folder / name, layout)
    return found


def numbered(found: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], NDArray[np.int64], tuple[str, ...]]:
    """The paths of files, their classes int64 [N], and the names of the classes, in whose order they are numbered."""
    classes = sorted(found)
    labels = [k for k, name in enumerate(classes) for _ in found[name]]
    return tuple(path for name in classes for path in found[name]), np.asarray(labels, np.int64), tuple(classes)


def folder_of(found: Mapping[str, Sequence[str]]) -> Folder:
    """The images of classes."""
    return Folder(*numbered(found))
