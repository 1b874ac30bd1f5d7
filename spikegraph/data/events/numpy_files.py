"""Events in numpy's files: `.npz` with columns x, y, t and p, and `.npy` with fields of these names or an array [N, 4]."""

from __future__ import annotations

import math
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.events.binary import AGAIN, TRUNCATED, opened
from spikegraph.data.events.blocks import LARGEST, Block
from spikegraph.data.events.columns import WANTED, found_columns, made, require_same_length
from spikegraph.data.events.npy_header import read_header
from spikegraph.errors import DataError

DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(ValueError, LookupError, NotImplementedError, RuntimeError, OverflowError),
)
"""What zipfile raises for a damaged file."""

ENCRYPTED = 1
"""The bit of an entry's flags."""


@dataclass(frozen=True)
class NumpyFile:
    """A `.npz` file with columns, or a `.npy` file with fields x, y, t and p or an array [N, 4] in this order."""

    path: Path
    part: str = ""

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`: it doesn't tell."""
        return None

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        return _table(self.path) if self.path.suffix.lower() == ".npy" else _archive(self.path)


def _table(path: Path) -> Iterator[Block]:
    with opened(path) as file:
        header = read_header(file, path)
        if header.kind.names is not None and len(header.shape) == 1:
            names = found_columns(header.kind.names, path)
        elif header.kind.names is None and len(header.shape) == 2 and header.shape[1] == 4:
            names = None
        else:
            summary = f"it has the shape {list(header.shape)} and the type {header.kind}, not {WANTED}"
            raise DataError(summary, path, "write an array [N, 4], or one with fields")
        at, claimed = file.tell(), math.prod(header.shape) * header.kind.itemsize
        if os.fstat(file.fileno()).st_size - at < claimed:
            summary = (
                f"it claims {list(header.shape)} values, {claimed:,} bytes, but has {os.fstat(file.fileno()).st_size - at:,}"
            )
            raise DataError(summary, path, TRUNCATED)
        count, size = header.shape[0], header.kind.itemsize
        for first in range(0, count, LARGEST):
            here = min(LARGEST, count - first)
            if header.by_column and names is None:
                x, y, t, p = (_read(file, header.kind, here, at + (k * count + first) * size) for k in range(4))
            else:
                width = 1 if names else 4
                rows = _read(file, header.kind, here * width, at + first * width * size)
                x, y, t, p = (rows[names[key]] for key in "xytp") if names else rows.reshape(-1, 4).T
            yield made(x, y, t, p, path)


def _read(file: IO[bytes], kind: np.dtype[Any], count: int, at: int) -> NDArray[Any]:
    file.seek(at)
    return np.frombuffer(file.read(count * kind.itemsize), kind)


def _archive(path: Path) -> Iterator[Block]:
    with opened(path) as file, ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(file))
            held = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}
        except DAMAGED as error:
            raise DataError("it isn't a zip file, or its list of arrays is damaged", path, AGAIN) from error
        names = found_columns(held, path)
        columns = {key: _Column(archive, held[name], f"`{name}`", path) for key, name in names.items()}
        require_same_length({key: column.length for key, column in columns.items()}, path)
        for first in range(0, columns["t"].length, LARGEST):
            part = {key: column.read(first) for key, column in columns.items()}
            yield made(part["x"], part["y"], part["t"], part["p"], path)


class _Column:
    """A column of an archive, read in pieces."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, path: Path) -> None:
        self._name, self._path = name, path
        if entry.flag_bits & ENCRYPTED or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataError(f"{name} is packed in another way than numpy's files", path, "write it with numpy.savez")
        try:
            self._file = archive.open(entry)
            header = read_header(self._file, path, f"{name}: ")
        except DAMAGED as error:
            raise _unreadable(name, path, error) from error
        if len(header.shape) != 1 or header.kind.names is not None:
            raise DataError(f"{name} has the shape {list(header.shape)} and the type {header.kind}, not numbers [N]", path)
        self._kind, self.length = header.kind, header.shape[0]

    def read(self, first: int) -> NDArray[Any]:
        """At most `LARGEST` values from the given one on, to which the last call must have read."""
        count = min(self.length - first, LARGEST)
        try:
            data = self._file.read(count * self._kind.itemsize)
            more = first + count == self.length and self._file.read(1)  # at the end the checksum is checked
        except DAMAGED as error:
            raise _unreadable(self._name, self._path, error) from error
        if len(data) < count * self._kind.itemsize or more:
            amount = "more" if more else "fewer"
            raise DataError(f"{self._name} has {amount} than the {self.length:,} values that it claims", self._path, AGAIN)
        return np.frombuffer(data, self._kind)


def _unreadable(name: str, path: Path, error: Exception) -> DataError:
    return DataError(f"{name} can't be unpacked: {error or type(error).__name__}", path, AGAIN)
