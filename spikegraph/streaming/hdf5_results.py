"""Results in a file of HDF5, which can be read while it is written."""

from __future__ import annotations

import json
import time
from pathlib import Path

import h5py
import numpy as np

from spikegraph.streaming.results import Result, Streamed

NAME = "results.h5"

FORMAT, VERSION = "spikegraph streamed results", 1

COLUMNS = {
    "step": "i8",
    "sequence": "i8",
    "index": "i8",
    "start_us": "i8",
    "stop_us": "i8",
    "events": "i8",
    "late": "i8",
    "latency_ms": "f4",
}
"""The numbers of `Result.numbers()`, as data sets of the file."""

ROWS = 1024
"""Steps of a chunk of the columns."""

CHUNK = 1 << 16
"""Bytes of a chunk of outputs, at least one step's."""

FLUSHED_S = 0.1
"""Seconds after which what was written can be read by others."""


class Hdf5Results:
    """The file `results.h5` with data sets [steps] for `COLUMNS`, and `outputs/NAME` [steps, ...], float32.

    It is written in HDF5's mode of a single writer and many readers (SWMR): h5py opens it with `swmr=True` while it is written,
    and also after the writer was killed.
    """

    def __init__(self, folder: Path, streamed: Streamed) -> None:
        """Makes the file.

        Raises:
            OSError: It can't be written.
        """
        self._path = folder / NAME
        self._file = h5py.File(self._path, "w", libver="latest")
        about = {"format": FORMAT, "format_version": VERSION, "network": streamed.network}
        about |= {"kinds": dict(streamed.kinds), "classes": list(streamed.classes)}
        self._file.attrs["spikegraph"] = json.dumps(about)
        self._columns = {
            name: self._file.create_dataset(name, (0,), kind, maxshape=(None,), chunks=(ROWS,))
            for name, kind in COLUMNS.items()
        }
        for name, shape in streamed.shapes.items():
            rows = max(1, CHUNK // (4 * int(np.prod(shape))))
            self._columns[f"outputs/{name}"] = self._file.create_dataset(
                f"outputs/{name}", (0, *shape), "f4", maxshape=(None, *shape), chunks=(rows, *shape)
            )
        self._file.swmr_mode = True
        self._count, self._flushed = 0, time.monotonic()

    def add(self, result: Result) -> None:
        """As `Writer`."""
        outputs = {f"outputs/{name}": value for name, value in result.outputs.items()}
        values = {**result.numbers(), **outputs}
        for name, column in self._columns.items():
            column.resize(self._count + 1, 0)
            column[self._count] = values[name]
        self._count += 1
        if time.monotonic() - self._flushed > FLUSHED_S:
            self._file.flush()
            self._flushed = time.monotonic()

    def close(self) -> None:
        """As `Writer`."""
        self._file.close()
