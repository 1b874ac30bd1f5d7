"""Reads a large HDF5 table, sorted by time, in blocks."""

from collections import OrderedDict
from pathlib import Path
from typing import Literal

import h5py
import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.chunks import Rows
from spikegraph.data.hdf5 import reading
from spikegraph.data.time_stamps import is_time

BLOCK = 1 << 15  # rows; 1 MiB of events
BLOCKS_HELD = 6  # consecutive stacks share blocks; more would only cost memory


class SortedRows:
    """Finds and reads rows of a table by time; keeps at most `BLOCKS_HELD` blocks in memory.

    Searching looks at the first row of O(log N) blocks, whose time stamps are cached, and then inside one block.
    Blocks are checked when they are read.
    """

    def __init__(self, table: h5py.Dataset, path: Path, what: str, time_column: int) -> None:
        """Store the table without reading it.

        Args:
            table: Numbers [N, K].
            path: The table's file, for messages.
            what: The table's name in messages, such as `left events`.
            time_column: Index of the column of time stamps.
        """
        self._table, self._path, self._what, self._column = table, path, what, time_column
        self._rows = Rows(table, path)
        self._starts: dict[int, float] = {}
        self._blocks: OrderedDict[int, NDArray[np.float64]] = OrderedDict()

    def __len__(self) -> int:
        return int(self._table.shape[0])

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return -(-len(self) // BLOCK)

    def block(self, number: int) -> NDArray[np.float64]:
        """The rows `[number * BLOCK, (number + 1) * BLOCK)`, with finite and sorted time stamps.

        Raises:
            DataError: The file is damaged, or time stamps are missing or not sorted.
        """
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        rows = self._load(number * BLOCK, (number + 1) * BLOCK)
        times = rows[:, self._column]
        finite = is_time(times)
        if not finite.all():
            raise DataError(f"{self._what}: row {number * BLOCK + int(np.argmin(finite))} has no time stamp", self._path)
        descends = np.diff(times) < 0
        if descends.any():
            self._unsorted(number * BLOCK + int(np.argmax(descends)) + 1)
        for earlier, later in ((number - 1, number), (number, number + 1)):
            held = rows if earlier == number else self._blocks.get(earlier)
            begin = float(times[0]) if later == number else self._starts.get(later)
            if held is not None and begin is not None and held[-1, self._column] > begin:
                self._unsorted(later * BLOCK)
        self._starts[number] = float(times[0])
        self._blocks[number] = rows
        if len(self._blocks) > BLOCKS_HELD:
            self._blocks.popitem(last=False)
        return rows

    def _unsorted(self, row: int) -> None:
        raise DataError(f"{self._what} are not sorted by time: row {row} is earlier than the previous one", self._path)

    def _load(self, first: int, last: int) -> NDArray[np.float64]:
        with reading(self._path, f"{self._what}: rows from {first} on"):
            return np.asarray(self._rows(first, last), dtype=np.float64)

    def _start(self, number: int) -> float:
        if number not in self._starts:
            time = float(self._load(number * BLOCK, number * BLOCK + 1)[0, self._column])
            if not is_time(time):
                raise DataError(f"{self._what}: row {number * BLOCK} has no time stamp", self._path)
            self._starts[number] = time
        return self._starts[number]

    def search(self, time: float, side: Literal["left", "right"]) -> int:
        """The row before which `time` would be inserted, as in `numpy.searchsorted`."""
        low, high = 0, self.blocks
        while low < high:
            middle = (low + high) // 2
            begins_before = self._start(middle) < time if side == "left" else self._start(middle) <= time
            low, high = (middle + 1, high) if begins_before else (low, middle)
        if low == 0:
            return 0
        block = self.block(low - 1)
        return (low - 1) * BLOCK + int(np.searchsorted(block[:, self._column], time, side))

    def read(self, first: int, last: int) -> NDArray[np.float64]:
        """The rows `[first, last)`, float64 [last - first, K]."""
        if first >= last:
            return np.empty((0, int(self._table.shape[1])))
        numbers = range(first // BLOCK, (last - 1) // BLOCK + 1)
        parts = [self.block(n)[max(first - n * BLOCK, 0) : min(last - n * BLOCK, BLOCK)] for n in numbers]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)
