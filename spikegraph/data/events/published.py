"""What the readers of published event data sets have in common: their interface, and the search for their folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.events.blocks import EventFile

PACKED = (".zip", ".gz", ".tar.gz")
"""How the names of archives end that publishers offer."""


class Part(NamedTuple):
    """The training or the test set.

    Attributes:
        files: The N recordings.
        labels: Their classes, int64 [N].
    """

    files: tuple[EventFile, ...]
    labels: NDArray[np.int64]


@dataclass
class Findings:
    """What is wrong with a folder, and what is only remarkable; each names its file."""

    problems: list[DataError] = field(default_factory=list[DataError])
    notes: list[str] = field(default_factory=list[str])


class PublishedSet(Protocol):
    """A data set in the folder that its publisher provides."""

    @property
    def layout(self) -> str:
        """Where its files are, for messages."""
        ...

    @property
    def sensor(self) -> tuple[int, int]:
        """Height and width of the sensor in pixels."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, by number."""
        ...

    @property
    def published(self) -> tuple[int, int] | int | None:
        """The published number of recordings for training and for the test, or of all; None if it isn't known."""
        ...

    def root(self, folder: Path) -> Path | None:
        """The folder of the data set, a given one or one in it; None if there is none."""
        ...

    def listed(self, root: Path, test: float, seed: int, found: Findings) -> tuple[Part, Part]:
        """Lists the training and the test set. What is wrong goes to `found`, and the rest is listed.

        Args:
            root: What `root` returned.
            test: The share of each class for the test, where the publisher parts nothing.
            seed: The seed with which it is drawn.
            found: Gets problems and notes.
        """
        ...


def read_published(kind: PublishedSet, folder: Path, test: float, seed: int) -> tuple[Part, Part]:
    """Lists the training and the test set of a data set.

    Args:
        kind: The data set.
        folder: Its folder, or the one that this is in.
        test: The share of each class for the test, where the publisher parts nothing.
        seed: The seed with which it is drawn.

    Raises:
        DataError: The folder is missing, or something in it is missing or wrong.
    """
    if not folder.is_dir():
        raise DataError("there is no such folder", folder, kind.layout)
    root = kind.root(folder)
    if root is None:
        raise DataError("the data set isn't in this folder", folder, to_unpack(folder, *_archives(kind.layout)) or kind.layout)
    found = Findings()
    parts = kind.listed(root, test, seed, found)
    if found.problems:
        raise found.problems[0]
    return parts


def folder_with(folder: Path, names: Sequence[str], *, all_of: bool = True) -> Path | None:
    """The folder, or else the first folder in it, that has all or any of some entries.

    Unpacking often puts a folder into another one of the same name. What macOS adds to archives isn't looked at.
    """
    enough = all if all_of else any
    return next((at for at in _near(folder) if enough((at / name).exists() for name in names)), None)


def _near(folder: Path) -> Iterator[Path]:
    yield folder
    try:
        yield from sorted(e for e in folder.iterdir() if e.is_dir() and not e.name.startswith((".", "__MACOSX")))
    except OSError as error:
        raise DataError(f"the folder can't be read: {error.strerror or error}", folder) from error


def to_unpack(folder: Path, *names: str) -> str | None:
    """The advice to unpack an archive of one of these files or folders, if the given folder has one."""
    archives = [name + end for name in names for end in ([""] if name.endswith(PACKED) else PACKED)]
    packed = next((archive for archive in archives if (folder / archive).is_file()), None)
    return None if packed is None else f"unpack {packed} in this folder"


def _archives(layout: str) -> list[str]:
    """The archives that a layout names."""
    return [word for word in layout.replace(",", " ").split() if word.endswith(PACKED)]


def part_of(files: Iterable[tuple[EventFile, int]]) -> Part:
    """Recordings with their classes."""
    pairs = list(files)
    return Part(tuple(file for file, _ in pairs), np.asarray([label for _, label in pairs], np.int64))
