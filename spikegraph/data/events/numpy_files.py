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

from spikegraph.base.errors import DataError
from spikegraph.data.events.binary import AGAIN, TRUNCATED, opened
from spikegraph.data.events.blocks import LARGEST, Block, up_to_damage
from spikegraph.data.events.columns import WANTED, found_columns, made, require_same_length
from spikegraph.data.events.npy_header import read_header

DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(ValueError, LookupError, NotImplementedError, RuntimeError, OverflowError),
)
"""What zipfile raises for a damaged file."""

MOST_BYTES = 1 << 24
"""Most bytes of a table that are read at once: its rows may have many fields besides the four."""

PIECE = 1 << 16
"""Bytes of a column that are unpacked at once."""

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
        count, size = header.shape[0], header.kind.itemsize
        by_column, there = header.by_column and names is None, os.fstat(file.fileno()).st_size - at
        # Of a file that is too short the rows that it has are read before it is refused.
        whole = count if there >= claimed else 0 if by_column else there // (size * (1 if names else 4))

        def read(first: int, last: int) -> Block:
            here = last - first
            if by_column:
                x, y, t, p = (_read(file, header.kind, here, at + (k * count + first) * size) for k in range(4))
            else:
                width = 1 if names else 4
                rows = _read(file, header.kind, here * width, at + first * width * size)
                x, y, t, p = (rows[names[key]] for key in "xytp") if names else rows.reshape(-1, 4).T
            return made(x, y, t, p, path)

        most = max(1, min(LARGEST, MOST_BYTES // (size * (1 if names else 4))))
        for first in range(0, whole, most):
            yield from up_to_damage(read, first, min(whole, first + most))
        if there < claimed:
            summary = f"it claims {list(header.shape)} values, {claimed:,} bytes, but has {there:,}"
            raise DataError(summary, path, TRUNCATED)


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
            part: dict[str, NDArray[Any]] = {}
            damage: DataError | None = None
            for key, column in columns.items():
                part[key], wrong = column.read(first)
                damage = damage or wrong

            def made_of(start: int, stop: int, part: dict[str, NDArray[Any]] = part) -> Block:
                x, y, t, p = (part[key][start:stop] for key in "xytp")
                return made(x, y, t, p, path)

            whole = min(map(len, part.values()))
            if whole:
                yield from up_to_damage(made_of, 0, whole)
            if damage is not None:
                raise damage


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

    def read(self, first: int) -> tuple[NDArray[Any], DataError | None]:
        """At most `LARGEST` values from the given one on, to which the last call must have read.

        Returns:
            The values before any damage, and what is damaged.
        """
        count = min(self.length - first, LARGEST)
        data, size, more, damage = bytearray(), count * self._kind.itemsize, False, None
        try:
            while len(data) < size and (part := self._file.read(min(PIECE, size - len(data)))):
                data += part
            more = bool(first + count == self.length and self._file.read(1))  # at the end the checksum is checked
        except DAMAGED as error:
            damage = _unreadable(self._name, self._path, error)
        if damage is None and (len(data) < size or more):
            amount = "more" if more else "fewer"
            damage = DataError(f"{self._name} has {amount} than the {self.length:,} values that it claims", self._path, AGAIN)
        return np.frombuffer(data[: len(data) - len(data) % self._kind.itemsize], self._kind), damage


def _unreadable(name: str, path: Path, error: Exception) -> DataError:
    return DataError(f"{name} can't be unpacked: {error or type(error).__name__}", path, AGAIN)
