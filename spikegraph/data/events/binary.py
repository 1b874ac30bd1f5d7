"""Reads binary files of events in pieces."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.events.blocks import LARGEST
from spikegraph.errors import DataError

AGAIN = "copy or download it again"
LONGEST_LINE = 4096
"""Bytes of a header's longest line."""


@contextmanager
def opened(path: Path) -> Generator[BinaryIO]:
    """A file, open for reading.

    Raises:
        DataError: It is missing or empty, or can't be read.
    """
    try:
        if not path.is_file():
            raise DataError("there is no such file", path)
        with path.open("rb") as file:
            if not file.read(1):
                raise DataError("the file is empty", path, AGAIN)
            file.seek(0)
            yield file
    except OSError as error:
        raise DataError(f"it can't be read: {error.strerror or error}", path) from error


def header(file: BinaryIO, path: Path, mark: bytes, end: bytes | None = None) -> list[str]:
    """The lines at the start of a file that begin with a mark, up to and with the line `end`.

    The file is then read from the first byte after them.

    Raises:
        DataError: There is none.
    """
    lines: list[str] = []
    while True:
        at = file.tell()
        line = file.readline(LONGEST_LINE)
        if not line.startswith(mark) or not line.endswith(b"\n"):
            file.seek(at)
            break
        lines.append(line.decode("latin-1").strip())
        if end is not None and line.strip() == end:
            break
    if not lines:
        raise DataError(f"it has no header: its first line must begin with {mark.decode()}", path, AGAIN)
    return lines


def records(file: BinaryIO, path: Path, kind: np.dtype[np.void]) -> Iterator[NDArray[np.void]]:
    """The rest of a file as records, in pieces.

    Raises:
        DataError: The last record is incomplete.
    """
    while data := file.read(LARGEST * kind.itemsize):
        rest = len(data) % kind.itemsize
        if rest:
            raise DataError(
                f"it ends within an event: {rest} of {kind.itemsize} bytes", path, f"the file is truncated: {AGAIN}"
            )
        yield np.frombuffer(data, kind)


class Unwrapped:
    """Time stamps of 32 bits or fewer, continued where the counter begins again."""

    def __init__(self, bits: int) -> None:
        self._bits, self._last, self._turns = bits, 0, 0

    def __call__(self, times: NDArray[np.integer]) -> NDArray[np.int64]:
        """The time stamps that follow those of the last call, int64 [N]."""
        whole = 1 << self._bits
        t = times.astype(np.int64)
        back = np.diff(t, prepend=self._last) < -(whole >> 1)
        t = t + whole * (self._turns + np.cumsum(back))
        if len(t):
            self._turns += int(back.sum())
            self._last = int(times[-1])
        return t
