"""Reads lists of differing lengths in HDF5 files, the type "variable length", without libhdf5's code for them.

Each row of such a data set is a reference: a length, and the place of the values in a "global heap collection". libhdf5 trusts
these numbers, which a hostile file may choose; here the few bytes are read as the format's specification says, and each number
is compared with what the file has: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html, III.E and VIII.A.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data import hdf5
from spikegraph.data.chunks import Rows

REFERENCE = np.dtype([("length", "<u4"), ("address", "<u8"), ("object", "<u4")])
COLLECTION = struct.Struct("<4sB3xQ")
"""Signature, version and size of a collection."""

OBJECT = struct.Struct("<HH4xQ")
"""Index, number of references and size of an object in a collection."""

MOST_LISTS, LONGEST_LIST = 1 << 20, 1 << 20
"""Most lists of a data set, whose references are held, and most numbers of one."""

MOST_OBJECTS = 1 << 16
"""Objects of a collection, whose indexes have 16 bits."""


@dataclass(frozen=True)
class Ragged:
    """Lists of numbers.

    Attributes:
        path: The file.
        name: The data set.
        references: Where the lists are, [N] of `REFERENCE`.
        kind: The type of the numbers.
    """

    path: Path
    name: str
    references: NDArray[np.void]
    kind: np.dtype[Any]

    def __len__(self) -> int:
        return len(self.references)

    def row(self, index: int) -> NDArray[Any]:
        """One of the lists.

        Raises:
            DataError: The file is damaged.
        """
        length, address, number = (int(value) for value in self.references[index])
        if not length:
            return np.empty(0, self.kind)
        if length > LONGEST_LIST and length * self.kind.itemsize <= self.path.stat().st_size:
            summary = f"`{self.name}`: row {index} claims {length:,} numbers; at most {LONGEST_LIST:,} are read"
            raise DataError(summary, self.path, hdf5.AGAIN)
        try:
            with self.path.open("rb") as file:
                data = _object(file, address, number, length * self.kind.itemsize)
        except (OSError, ValueError) as error:
            raise DataError(f"`{self.name}`: row {index} can't be read: {error}", self.path, hdf5.AGAIN) from error
        return np.frombuffer(data, self.kind)


def ragged(file: h5py.File, path: Path, name: str) -> Ragged:
    """The lists in a data set [N].

    Args:
        file: The open file.
        path: Its path.
        name: The name of the data set.

    Raises:
        DataError: The data set is missing, damaged, or has other contents.
    """
    found = hdf5.any_dataset(file, path, name, (None,))
    with hdf5.reading(path, f"`{name}`"):
        kind = found.id.get_type()
        if not isinstance(kind, h5py.h5t.TypeVlenID):
            raise DataError(f"`{name}` holds {found.dtype}, not lists of numbers", path)
        base = kind.get_super()
        if not isinstance(base, h5py.h5t.TypeIntegerID | h5py.h5t.TypeFloatID) or h5py.h5t.py_create(base.dtype) != base:
            raise DataError(f"`{name}` holds lists of an unusual type", path, "write whole or floating-point numbers")
        if (plan := file.id.get_create_plist()).get_userblock() or plan.get_sizes() != (8, 8):
            raise DataError("the file has a user block or short addresses", path, "repack the file: h5repack IN OUT")
        hdf5.require_stored(found, path, name)
        if len(found) > MOST_LISTS:
            raise DataError(f"`{name}` claims {len(found):,} lists; at most {MOST_LISTS:,} are read", path, hdf5.AGAIN)
        return Ragged(path, name, Rows(found, path, REFERENCE)(0, len(found)), base.dtype)


def _object(file: BinaryIO, address: int, number: int, size: int) -> bytes:
    """The content of an object of a collection, which must have `size` bytes."""
    end = os.fstat(file.fileno()).st_size
    if address + COLLECTION.size > end:
        raise ValueError("its values lie beyond the end of the file")
    file.seek(address)
    signature, version, whole = COLLECTION.unpack(file.read(COLLECTION.size))
    if signature != b"GCOL" or version != 1:
        raise ValueError("its values aren't where it says")
    stop = min(address + whole, end)
    at = address + COLLECTION.size
    for _ in range(MOST_OBJECTS):
        if at + OBJECT.size > stop:
            break
        file.seek(at)
        index, _, held = OBJECT.unpack(file.read(OBJECT.size))
        at += OBJECT.size
        if not index:
            break
        if index == number:
            if held != size or at + held > stop:
                raise ValueError(f"it claims {size:,} bytes, but the file has {min(held, max(0, stop - at)):,}")
            return file.read(held)
        at += held + -held % 8
    raise ValueError("its values are missing")
