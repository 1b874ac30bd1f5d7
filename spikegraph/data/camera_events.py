"""The events of one camera in DSEC's layout: an HDF5 file with a column for each property, and an index of milliseconds.

`events/x`, `events/y` (pixels), `events/t` (microseconds, ascending) and `events/p` (0 or 1) are whole numbers [N]. `t_offset`,
one number, is added to the times; a file without it has none. `ms_to_idx` has, for each millisecond of `events/t`, the number
of the first event that isn't earlier (dsec.ifi.uzh.ch/data-format; uzh-rpg/DSEC, `README.md`).
"""

import os
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.chunks import Rows
from spikegraph.data.hdf5 import AGAIN, dataset, has, open_file, reading, require_small_chunks, require_stored

COLUMNS = ("x", "y", "t", "p")
INDEX, OFFSET = "ms_to_idx", "t_offset"
MS = 1000  # microseconds

BLOCK = 1 << 16
"""Events of one millisecond that are read at once to search in them."""

MOST_EVENTS = 1 << 24
"""Most events of a window; ten times what the sensor can send in 50 ms."""


class RawEvents(NamedTuple):
    """Events as recorded: columns and rows in pixels, int64 [N]; times in microseconds, int64 [N]; polarities 0 or 1, [N]."""

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    t: NDArray[np.int64]
    p: NDArray[np.int64]


class CameraEvents:
    """Reads the events of a window; what it holds in memory doesn't depend on the length of the recording.

    Attributes:
        path: The file.
        what: The events' name in messages, such as `left events`.
        size: Height and width of the sensor in pixels.
    """

    def __init__(self, path: Path, what: str, size: tuple[int, int]) -> None:
        """Reads nothing yet.

        Args:
            path: The file.
            what: The events' name in messages.
            size: Height and width of the sensor in pixels.
        """
        self.path, self.what, self.size = path, what, size
        self._opened: tuple[int, h5py.File, dict[str, h5py.Dataset], int] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """The state without the open file, for pickling to another process."""
        return self.__dict__ | {"_opened": None}

    def close(self) -> None:
        """Close the file; later reads open it again."""
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None

    def __len__(self) -> int:
        return int(self._tables()[0]["t"].shape[0])

    def _tables(self) -> tuple[dict[str, h5py.Dataset], int]:
        """The data sets by name, and the offset; the file is opened on first use, and again in a forked process."""
        if self._opened is None or self._opened[0] != os.getpid():
            file = open_file(self.path)
            try:
                self._opened = os.getpid(), file, self._checked(file), self._offset(file)
            except DataError:
                file.close()
                raise
        return self._opened[2:]

    def _checked(self, file: h5py.File) -> dict[str, h5py.Dataset]:
        tables: dict[str, h5py.Dataset] = {}
        for name in (*COLUMNS, INDEX):
            full = name if name == INDEX else f"events/{name}"
            table = dataset(file, self.path, full, (None,))
            if table.dtype.kind not in "iu":
                raise DataError(f"`{full}` holds {table.dtype}, not whole numbers", self.path)
            require_stored(table, self.path, full)
            tables[name] = table
        require_small_chunks([tables[name] for name in COLUMNS], self.path, "the four columns have")
        count = int(tables["t"].shape[0])
        for name in COLUMNS:
            if tables[name].shape[0] != count:
                summary = f"`events/{name}` has {tables[name].shape[0]:,} values, but `events/t` has {count:,}"
                raise DataError(summary, self.path, AGAIN)
        if not tables[INDEX].shape[0]:
            raise DataError(f"`{INDEX}` is empty", self.path, AGAIN)
        return tables

    def _offset(self, file: h5py.File) -> int:
        if not has(file, OFFSET):
            return 0
        table = dataset(file, self.path, OFFSET, ())
        with reading(self.path, f"`{OFFSET}`"):
            offset = int(table[()])
        if not 0 <= offset < 1 << 60:
            raise DataError(f"`{OFFSET}` is {offset}, which isn't a time in microseconds", self.path, AGAIN)
        return offset

    @property
    def offset(self) -> int:
        """Microseconds that are added to all times of the file.

        Raises:
            DataError: The file can't be read.
        """
        return self._tables()[1]

    def index(self) -> h5py.Dataset:
        """The first event of each millisecond, [M].

        Raises:
            DataError: The file can't be read.
        """
        return self._tables()[0][INDEX]

    def row(self, time: int) -> int:
        """The number of the first event at `time` (microseconds) or later.

        Raises:
            DataError: The file can't be read, or its index doesn't fit the times.
        """
        tables, offset = self._tables()
        count, time = len(self), time - offset
        if time <= 0 or not count:
            return 0
        low, high = self._between(tables[INDEX], time // MS, count)
        times = Rows(tables["t"], self.path)
        with reading(self.path, f"{self.what}: times from {low} on"):
            while high - low > BLOCK:
                middle = (low + high) // 2
                low, high = (middle + 1, high) if int(times(middle, middle + 1)[0]) < time else (low, middle)
            found = low + int(np.searchsorted(times(low, high), time))
            around = [int(t) for t in times(max(0, found - 1), found + 1)]
        before, after = around[0] if found else None, around[-1] if found < count else None
        if (before is not None and before >= time) or (after is not None and after < time):
            summary = f"`{INDEX}` doesn't fit the times of the events at {time // MS} ms, or they aren't sorted"
            raise DataError(summary, self.path, AGAIN)
        return found

    def _between(self, index: h5py.Dataset, ms: int, count: int) -> tuple[int, int]:
        """The first event that isn't earlier than a millisecond, and that of the next one, as the index has them."""
        held = int(index.shape[0])
        first = min(ms, held - 1)
        with reading(self.path, f"`{INDEX}`: values from {first} on"):
            found = [int(n) for n in Rows(index, self.path)(first, first + 2)]
        low, high = found[0], found[-1] if ms + 1 < held else count
        if not 0 <= low <= high <= count:
            raise DataError(f"`{INDEX}` has {low} and {high} at {first} ms of {count:,} events", self.path, AGAIN)
        return low, high

    def between(self, start: int, stop: int) -> RawEvents:
        """The events with `start <= t < stop`, both in microseconds.

        Raises:
            DataError: The file can't be read, or holds something that isn't an event of this sensor.
        """
        first = self.row(start)
        return self.rows(first, max(first, self.row(stop)))

    def rows(self, first: int, last: int) -> RawEvents:
        """The events `[first, last)`.

        Raises:
            DataError: As `between`.
        """
        if last - first > MOST_EVENTS:
            summary = f"{self.what}: a window has {last - first:,} events; at most {MOST_EVENTS:,} are read"
            raise DataError(summary, self.path, "make `stack` shorter")
        tables, offset = self._tables()
        with reading(self.path, f"{self.what}: events from {first} on"):
            x, y, t, p = (Rows(tables[name], self.path)(first, last).astype(np.int64) for name in COLUMNS)
        events = RawEvents(x, y, t + offset, p)
        self._check(events, first)
        return events

    def _check(self, events: RawEvents, first: int) -> None:
        height, width = self.size
        x, y, t, p = events
        inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
        if not inside.all():
            k = int(np.argmin(inside))
            summary = f"{self.what}: event {first + k} lies at x = {x[k]}, y = {y[k]}, outside the {width} x {height} frame"
            raise DataError(summary, self.path)
        known = (p == 0) | (p == 1)
        if not known.all():
            k = int(np.argmin(known))
            raise DataError(f"{self.what}: event {first + k} has polarity {p[k]}; it must be 0 or 1", self.path)
        late = np.diff(t) < 0
        if late.any():
            k = first + int(np.argmax(late)) + 1
            raise DataError(f"{self.what} are not sorted by time: event {k} is earlier than the previous one", self.path)
