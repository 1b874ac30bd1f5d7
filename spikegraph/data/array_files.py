"""Reads arrays of files that may come from anybody: what a file claims of them, and their values, in pieces or as a whole.

No file decides how much memory is taken: its claims are compared with what is there, pieces have a largest size, and
who reads a whole array asks first whether it fits (`spikegraph/base/memory.py`).
"""

from __future__ import annotations

import math
import os
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data import hdf5
from spikegraph.data.chunks import Rows
from spikegraph.data.events.npy_header import NpyHeader, read_header

HDF5 = (".h5", ".hdf5", ".hdf")
SUFFIXES = (".npz", ".npy", *HDF5)

PIECE = 1 << 22
"""Most bytes of a piece of an array; of HDF5, a chunk that is larger is a piece."""

KINDS = "fiubS"
"""The kinds of values that are read from HDF5, as numpy calls them: numbers, and texts of one length."""

MOST_ARRAYS = 10_000
"""Most arrays of an archive."""

DAMAGED = (
    *(OSError, ValueError, KeyError, EOFError, MemoryError, RuntimeError, NotImplementedError, OverflowError, struct.error),
    *(zipfile.BadZipFile, zlib.error),
)
"""What zipfile raises for a damaged file."""

AGAIN = "write it again, without objects"


@dataclass(frozen=True)
class Head:
    """What a file claims of an array, without its values.

    Attributes:
        path: The file.
        name: The name of the array in it; empty in a `.npy` file.
        shape: Its shape.
        kind: The type of its values.
    """

    path: Path
    name: str
    shape: tuple[int, ...]
    kind: np.dtype[Any]

    @property
    def bytes(self) -> int:
        """Bytes of all values."""
        return math.prod(self.shape) * self.kind.itemsize


def names(path: Path) -> list[str]:
    """The names of the arrays of a `.npz` file.

    Raises:
        DataError: The file is missing or damaged.
    """
    with _opened(path) as file, _archive(file, path) as archive:
        return list(_entries(archive, path))


def heads(path: Path, only: str | None = None) -> dict[str, Head]:
    """The arrays of a `.npz` file by name, or the one of a `.npy` file, without a name.

    Args:
        path: The file.
        only: The name of the only array to look at; None for all.

    Raises:
        DataError: The file is missing or damaged, or an array holds objects.
    """
    if path.suffix.lower() == ".npy":
        with _opened(path) as file:
            return {"": _head(read_header(file, path, any_type=True), path, "")}
    found: dict[str, Head] = {}
    with _opened(path) as file, _archive(file, path) as archive:
        for name, entry in _entries(archive, path).items():
            if only not in (None, name):
                continue
            with _entry(archive, entry, path) as packed:
                found[name] = _head(read_header(packed, path, f"`{hdf5.printable(name)}`: ", any_type=True), path, name)
    return found


def pieces(head: Head) -> Iterator[NDArray[Any]]:
    """The values of an array, in pieces [N] in no promised order; the end of an archive's array has its checksum.

    Raises:
        DataError: The file is damaged.
    """
    if head.path.suffix.lower() in HDF5:
        with _of_hdf5(head) as found:
            for piece in Rows(found, head.path).pieces(PIECE):
                yield np.asarray(piece).reshape(-1)
        return
    with _values(head) as (file, _):
        yield from _read(head, file)


def wrong(values: NDArray[Any], *, nan: bool) -> NDArray[np.bool_]:
    """Which numbers aren't finite as float32; with `nan`, NaN isn't among them."""
    with np.errstate(over="ignore"):
        found = values.astype(np.float32, copy=False)
    return np.isinf(found) if nan else ~np.isfinite(found)


def first_wrong(head: Head, *, nan: bool) -> int | None:
    """The number of a row with a value that is `wrong`, the first one that is found; None if none is.

    Raises:
        DataError: The file is damaged.
    """
    if head.path.suffix.lower() in HDF5:
        with _of_hdf5(head) as found:
            rows = Rows(found, head.path)
            return next((k for k in range(head.shape[0]) if wrong(np.asarray(rows(k, k + 1)), nan=nan).any()), None)
    done, each = 0, math.prod(head.shape[1:])
    with _values(head) as (file, header):
        for piece in _read(head, file):
            bad = np.flatnonzero(wrong(piece, nan=nan))
            if bad.size:
                place = done + int(bad[0])
                return place % head.shape[0] if header.by_column else place // each
            done += len(piece)
    return None


def whole(head: Head) -> NDArray[Any]:
    """All values of an array; memory must have been asked for.

    Raises:
        DataError: The file is damaged.
    """
    if head.path.suffix.lower() in HDF5:
        with _of_hdf5(head) as found:
            return np.asarray(Rows(found, head.path)(0, head.shape[0]) if head.shape else found[()])
    with _values(head) as (file, header):
        made, done = np.empty(math.prod(head.shape), head.kind), 0
        for piece in _read(head, file):
            made[done : done + len(piece)] = piece
            done += len(piece)
    return made.reshape(head.shape, order="F" if header.by_column else "C")


@contextmanager
def _of_hdf5(head: Head) -> Generator[Any]:
    """An array of an HDF5 file, which is large enough for it."""
    with hdf5.open_file(head.path) as file:
        found = hdf5.dataset(file, head.path, head.name, head.shape, KINDS)
        hdf5.require_stored(found, head.path, head.name)
        with hdf5.reading(head.path, f"`{head.name}`"):
            yield found


def _head(header: NpyHeader, path: Path, name: str) -> Head:
    return Head(path, name, header.shape, header.kind)


@contextmanager
def _opened(path: Path) -> Generator[IO[bytes]]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise DataError(f"it can't be read: {error.strerror or error}", path, AGAIN) from error


@contextmanager
def _archive(file: IO[bytes], path: Path) -> Generator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except DAMAGED as error:
        raise DataError(f"it can't be read: {error or type(error).__name__}", path, AGAIN) from error


def _entries(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    held = archive.infolist()
    if len(held) > MOST_ARRAYS:
        raise DataError(f"it has {len(held):,} arrays; at most {MOST_ARRAYS:,} are read", path)
    return {entry.filename.removesuffix(".npy"): entry for entry in held if entry.filename.endswith(".npy")}


@contextmanager
def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> Generator[IO[bytes]]:
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # What other methods unpack at once can't be limited.
        raise DataError(f"`{hdf5.printable(entry.filename)}` is packed in another way than numpy's files", path, AGAIN)
    with archive.open(entry) as packed:
        yield packed


@contextmanager
def _values(head: Head) -> Generator[tuple[IO[bytes], NpyHeader]]:
    """The file of an array of numpy, from its first value on."""
    if head.path.suffix.lower() == ".npy":
        with _opened(head.path) as file:
            header = read_header(file, head.path, any_type=True)
            there = os.fstat(file.fileno()).st_size - file.tell()
            if there < head.bytes:
                raise DataError(f"it claims {head.bytes:,} bytes of values, but has {there:,}", head.path, AGAIN)
            yield file, header
        return
    with ExitStack() as stack:
        archive = stack.enter_context(_archive(stack.enter_context(_opened(head.path)), head.path))
        packed = stack.enter_context(_entry(archive, _entries(archive, head.path)[head.name], head.path))
        yield packed, read_header(packed, head.path, any_type=True)


def _read(head: Head, file: IO[bytes]) -> Iterator[NDArray[Any]]:
    """The values at the place of a file, in pieces; checks that there are neither fewer nor more."""
    size = head.kind.itemsize
    most, left = max(1, PIECE // size) * size, head.bytes
    told = f"`{hdf5.printable(head.name)}`" if head.name else "it"
    while left:
        data = bytearray()
        while len(data) < min(most, left) and (part := file.read(min(most, left) - len(data))):
            data += part
        if len(data) < min(most, left):
            raise DataError(f"{told} has fewer than the {head.bytes:,} bytes that it claims", head.path, AGAIN)
        left -= len(data)
        yield np.frombuffer(bytes(data), head.kind)
    if head.name and file.read(1):
        raise DataError(f"{told} has more than the {head.bytes:,} bytes that it claims", head.path, AGAIN)
