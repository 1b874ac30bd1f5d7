"""Reads the time stamps of depth frames, in pieces."""

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from spikegraph.data.chunks import Rows
from spikegraph.data.hdf5 import reading
from spikegraph.errors import DataError

PIECE = 1 << 16
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
