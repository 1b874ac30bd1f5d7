"""Reads binary files of events in pieces."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.events.blocks import LARGEST

AGAIN = "copy or download it again"
TRUNCATED = f"the file is truncated: {AGAIN}"

LONGEST_LINE = 4096
LONGEST_HEADER = 1 << 24
"""Bytes of a header's longest line, and of all its lines."""

LATEST = 1 << 53
"""Largest time in microseconds to which others are relative."""

CONTROL = bytes(sorted({*range(32), 127} - set(b"\t\r\n")))
"""Bytes that no text has; a line with one belongs to the events."""


@contextmanager
def opened(path: Path) -> Generator[BinaryIO]:
    """A file, open for reading.

    Raises:
        DataError: It is missing or empty, or can't be read.
    """
    try:
        if path.is_dir():
            raise DataError("it is a folder, not a file", path)
        if not path.exists():
            raise DataError("there is no such file", path)
        if not path.is_file():
            raise DataError("it isn't a plain file", path)
        with path.open("rb") as file:
            if not file.read(1):
                raise DataError("the file is empty", path, AGAIN)
            file.seek(0)
            yield file
    except OSError as error:
        raise DataError(f"it can't be read: {error.strerror or error}", path) from error


def header(file: BinaryIO, path: Path, mark: bytes, end: bytes | None = None) -> list[str]:
    """The lines of text at the start of a file that begin with a mark, up to and with the line `end`.

    The file is then read from the first byte after them. An event may begin with the same byte as the mark, but there is hardly
    one without control characters up to a line break.

    Raises:
        DataError: There is none, or the header is too long.
    """
    lines: list[str] = []
    while True:
        at = file.tell()
        line = file.readline(LONGEST_LINE)
        if not line.startswith(mark) or not line.endswith(b"\n") or line.translate(None, CONTROL) != line:
            file.seek(at)
            break
        lines.append(line.decode("latin-1").strip())
        if line.strip() == end:
            break
        if at > LONGEST_HEADER:
            raise DataError(f"its header is longer than {LONGEST_HEADER:,} bytes", path, AGAIN)
    if not lines:
        raise DataError(f"it has no header: its first line must begin with `{mark.decode().strip()}`", path, AGAIN)
    return lines


def beginning(lines: list[str], path: Path) -> int:
    """The time in microseconds to which a recording's times are relative: the line `% t0` that the package faery writes, or 0.

    Raises:
        DataError: It is too large.
    """
    found = re.search(r"^% t0 (\d+)$", "\n".join(lines), re.MULTILINE | re.IGNORECASE)
    start = int(found[1]) if found else 0
    if start > LATEST:
        raise DataError(f"`t0` is beyond {LATEST:,} microseconds", path)
    return start


def records(file: BinaryIO, path: Path, kind: np.dtype[np.void], most: int = LARGEST) -> Iterator[NDArray[np.void]]:
    """The rest of a file as records, in pieces of at most so many.

    Raises:
        DataError: The last record is incomplete. Those before it have come then.
    """
    while data := file.read(most * kind.itemsize):
        rest = len(data) % kind.itemsize
        if len(data) > rest:
            yield np.frombuffer(data[: len(data) - rest], kind)
        if rest:
            raise DataError(f"it ends within an event: {rest} of {kind.itemsize} bytes", path, TRUNCATED)


class Unwrapped:
    """Time stamps of a counter with few bits, continued where it begins again.

    Each lies at most `back` before the one before it, or less than the rest of the counter's range after it.
    """

    def __init__(self, bits: int, back: int | None = None) -> None:
        """Makes a counter with so many bits; `back` is half of its range by default."""
        self._whole = 1 << bits
        self._back = self._whole >> 1 if back is None else back
        self._last: int | None = None

    def __call__(self, times: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """The time stamps that follow those of the last call, int64 [N]."""
        t = times.astype(np.int64)
        if not len(t):
            return t
        back = self._back
        if self._last is not None:
            t[0] = self._last + (int(t[0]) - self._last + back) % self._whole - back
        steps = np.diff(t)
        if len(steps) and (steps.max() >= self._whole - back or steps.min() < -back):
            np.cumsum((steps + back) % self._whole - back, out=t[1:])
            t[1:] += t[0]
        self._last = int(t[-1])
        return t
