"""Reads the time stamps of true frames: those of an HDF5 file in pieces, and those of a text file."""

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.base.reading import read_plain
from spikegraph.data.chunks import Rows
from spikegraph.data.hdf5 import reading

PIECE = 1 << 16
LARGEST_TEXT = 16 * 1024 * 1024
"""Most bytes of a text file; an hour of time stamps has one."""
LATEST_US = 10**17
LATEST_S = 1e15
"""No time stamp is larger; spans and rates of larger ones could not be computed."""


def is_time(seconds: NDArray[np.float64] | float) -> NDArray[np.bool_]:
    """Where a value is a time stamp: a finite number of a possible size."""
    return np.abs(seconds) <= LATEST_S


def read_time_stamps(table: h5py.Dataset, path: Path, name: str) -> NDArray[np.float64]:
    """Ascending time stamps in seconds, float64 [N]; stops at the first that is wrong.

    Args:
        table: The data set, [N].
        path: Its file, for messages.
        name: Its name, for messages.

    Raises:
        DataError: The file is damaged, or time stamps are missing or not ascending.
    """
    found: list[NDArray[np.float64]] = []
    before, rows = -np.inf, Rows(table, path)
    for first in range(0, int(table.shape[0]), PIECE):
        with reading(path, f"{name}: time stamps from {first} on"):
            piece = np.asarray(rows(first, first + PIECE), dtype=np.float64)
        known = is_time(piece)
        if not known.all():
            raise DataError(f"{name}: frame {first + int(np.argmin(known))} has no time stamp", path)
        late = np.diff(piece, prepend=before) <= 0
        if late.any():
            raise DataError(
                f"{name} isn't ascending: frame {first + int(np.argmax(late))} isn't later than the previous one", path
            )
        before = piece[-1]
        found.append(piece)
    return np.concatenate(found)


def read_microseconds(path: Path) -> NDArray[np.int64]:
    """Ascending times in microseconds from a text file with one in each line, int64 [N].

    Raises:
        DataError: The file is missing, or a line isn't a time or not later than the one before.
    """
    try:
        lines = read_plain(path, LARGEST_TEXT).decode("ascii", errors="replace").split("\n")
    except OSError as error:
        raise DataError(f"the time stamps can't be read: {error.strerror or error}", path) from error
    found: list[int] = []
    for number, line in enumerate((line.strip() for line in lines), 1):
        if not line:
            continue
        if not line.isdecimal() or len(line) > len(str(LATEST_US)) or int(line) > LATEST_US:
            raise DataError(f"line {number} isn't a time in whole microseconds: `{line[:40]}`", path)
        if found and int(line) <= found[-1]:
            raise DataError(f"line {number} isn't later than the one before: {line}", path)
        found.append(int(line))
    if not found:
        raise DataError("there are no time stamps in it", path)
    return np.array(found, np.int64)
