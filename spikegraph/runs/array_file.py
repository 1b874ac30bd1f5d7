"""Writes .npz files with a text of JSON, and reads .npy and .npz files that may come from anybody.

What is read are arrays of numbers and text, never objects, never more than a limit.

Everything is read in memory, so names in an archive are never paths. What a header claims is compared with what is there
before anything is allocated.
"""

import io
import json
import math
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from pydantic import ValidationError

from spikegraph.base.errors import RunFolderError
from spikegraph.base.files import write_whole
from spikegraph.runs.json_file import problem

LARGEST = 256 * 1024 * 1024
"""Most bytes of all arrays of an archive, unpacked."""

MOST_ARRAYS = 10_000

DAMAGED = (
    *(OSError, EOFError, ValueError, TypeError, LookupError, ArithmeticError, SyntaxError, AttributeError, RuntimeError),
    *(MemoryError, tokenize.TokenError, zipfile.BadZipFile, zlib.error, struct.error),
)
"""What numpy and zipfile raise for a damaged file."""


def read_array(data: bytes) -> NDArray[Any]:
    """The array in the bytes of a .npy file.

    Raises:
        ValueError: The bytes are damaged, or hold objects.
    """
    try:
        file = io.BytesIO(data)
        version = npy.read_magic(file)
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if read_header is None:
            raise ValueError(f"version {version[0]}.{version[1]} of the format")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a header by Python 2 takes longer to read
            shape, columns_first, kind = read_header(file)
        if kind.hasobject:
            raise ValueError("it has objects, which would run code")
        size, held = math.prod(shape) * kind.itemsize, len(data) - file.tell()
        if size != held or not kind.itemsize:
            raise ValueError(f"its header claims {size:,} bytes of data, but it has {held:,}")
        return np.frombuffer(data, kind, offset=file.tell()).reshape(shape, order="F" if columns_first else "C")
    except DAMAGED as error:
        raise ValueError(_told(error)) from error


def read_archive(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays in the bytes of a .npz file, by name.

    Raises:
        ValueError: The bytes are damaged, hold objects, or unpack to more than `LARGEST`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            size = sum(entry.file_size for entry in entries)
            if size > LARGEST or len(entries) > MOST_ARRAYS:
                raise ValueError(f"it unpacks to {len(entries):,} arrays of {size:,} bytes; at most {LARGEST:,} are read")
            return {entry.filename.removesuffix(".npy"): read_array(_unpacked(archive, entry)) for entry in entries}
    except DAMAGED as error:
        raise ValueError(_told(error)) from error


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("it is packed in another way than numpy's files")  # zipfile can't limit what these unpack to
    with archive.open(entry) as file:
        return file.read(entry.file_size)  # with a number, zipfile never unpacks more at once


def _told(error: BaseException) -> str:
    return str(error) or type(error).__name__


def write_archive(path: Path, arrays: Mapping[str, NDArray[Any]], name: str, facts: Mapping[str, Any]) -> None:
    """Writes arrays as a .npz file, with `facts` as JSON in the array `name`; after an error, no partial file is left.

    Raises:
        OSError: The file can't be written.
    """
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays, **{name: np.array(json.dumps(facts))})
    write_whole(path, file.getvalue())


@contextmanager
def reading(path: Path, restore: str) -> Generator[None]:
    """Inside, what is wrong with the arrays of a run's file is an error that names the file; `restore` is its help.

    Raises:
        RunFolderError: Something is.
    """
    try:
        yield
    except ValidationError as error:
        raise RunFolderError(f"can't be read: {problem(error, b'')}", restore, path=path) from error
    except KeyError as error:
        raise RunFolderError(f"can't be read: it has no array {error}", restore, path=path) from error
    except ValueError as error:
        raise RunFolderError(f"can't be read: {error}", restore, path=path) from error
