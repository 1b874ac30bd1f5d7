"""AEDAT 2.0 and 3.1 (`.aedat`), and the events of 40 bits of N-MNIST and N-Caltech101 (`.bin`).

The layouts are those of https://docs.inivation.com/software/software-advanced-usage/file-formats and of
https://www.garrickorchard.com/datasets/n-mnist.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.events.binary import AGAIN, Unwrapped, header, opened, records
from spikegraph.data.events.blocks import Block
from spikegraph.errors import DataError

ADDRESSES = np.dtype([("word", ">u4"), ("t", ">u4")])
POLARITIES = np.dtype([("word", "<u4"), ("t", "<u4")])
FIVE = np.dtype([("bytes", "u1", 5)])
PACKET = struct.Struct("<HHIIIIII")
"""Type, source, size, offset of the time stamp, overflow, capacity, number, valid number."""

POLARITY_EVENT = 1
MOST_IN_A_PACKET = 1 << 24
OVERFLOW_ROW = 240
"""A row that marks an overflow of the time stamps, by 2 ** 13 microseconds."""


@dataclass(frozen=True)
class AedatFile:
    """An AEDAT file of version 2.0 (of a DVS128, DAVIS240 or DAVIS346) or 3.1.

    Attributes:
        path: The file.
        swapped: Exchange columns and rows.
    """

    path: Path
    swapped: bool = False
    part: str = ""

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`."""
        with opened(self.path) as file:
            version, lines = _version(file, self.path)
        return None if version == 3 else _chip(lines)[1]

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        with opened(self.path) as file:
            version, lines = _version(file, self.path)
            found = _packets(file, self.path, start, stop) if version == 3 else _addresses(file, self.path, _chip(lines)[0])
            for block in found:
                yield Block(block.y, block.x, block.t, block.on) if self.swapped else block


def _version(file: BinaryIO, path: Path) -> tuple[int, list[str]]:
    """The version, 2 or 3, and the lines of the header."""
    first = file.readline(64)
    file.seek(0)
    if first.startswith(b"#!AER-DAT3.1"):
        return 3, header(file, path, b"#", b"#!END-HEADER")
    if first.startswith((b"#!AER-DAT2.0", b"#!AER-DAT1.0")) or not first.startswith(b"#!AER-DAT"):
        return 2, header(file, path, b"#")
    version = first[len("#!AER-DAT") :].strip().decode("latin-1")
    raise DataError(f"it is AEDAT {version}; versions 2.0, 3.1 and 4 are read", path)


def _chip(lines: list[str]) -> tuple[str, tuple[int, int]]:
    """The chip's family, and the sensor's height and width; a DVS128 if the header names none."""
    named = next((line for line in lines if "AEChip" in line), "").lower()
    if "davis346" in named:
        return "davis", (260, 346)
    return ("davis", (180, 240)) if "davis" in named else ("dvs128", (128, 128))


def _addresses(file: BinaryIO, path: Path, chip: str) -> Iterator[Block]:
    """The events of AEDAT 2.0. jAER's origin is at the bottom left, and a DVS128's columns are mirrored."""
    unwrapped = Unwrapped(32)
    for found in records(file, path, ADDRESSES):
        word, t = found["word"].astype(np.int64), unwrapped(found["t"])
        if chip == "dvs128":
            yield Block(127 - (word >> 1 & 0x7F), 127 - (word >> 8 & 0x7F), t, (word & 1) == 0)
            continue
        kept = word >> 31 == 0  # the others are samples of the image sensor and the motion sensor
        word, t = word[kept], t[kept]
        height, width = _davis_size(path)
        yield Block(width - 1 - (word >> 12 & 0x3FF), height - 1 - (word >> 22 & 0x1FF), t, (word >> 11 & 1).astype(np.bool_))


def _davis_size(path: Path) -> tuple[int, int]:
    with opened(path) as file:
        return _chip(_version(file, path)[1])[1]


def _packets(file: BinaryIO, path: Path, start: int | None, stop: int | None) -> Iterator[Block]:
    """The polarity events of AEDAT 3.1; packets before `start` are skipped, and those from `stop` on not read."""
    while head := file.read(PACKET.size):
        if len(head) < PACKET.size:
            raise DataError("it ends within a packet's header", path, f"the file is truncated: {AGAIN}")
        kind, _, size, _, overflow, capacity, number, _ = PACKET.unpack(head)
        if number > capacity or capacity > MOST_IN_A_PACKET or not 0 < size <= 1 << 28:
            raise DataError(
                f"a packet at byte {file.tell() - PACKET.size:,} claims {number:,} of {capacity:,} events", path, AGAIN
            )
        data = file.read(size * capacity)
        if len(data) < size * number:
            raise DataError("it ends within a packet", path, f"the file is truncated: {AGAIN}")
        if kind != POLARITY_EVENT or not number:
            continue
        if size != POLARITIES.itemsize:
            raise DataError(f"its polarity events have {size} bytes, not {POLARITIES.itemsize}", path, AGAIN)
        found = np.frombuffer(data, POLARITIES, number)
        t = found["t"].astype(np.int64) | overflow << 31
        if start is not None and t[-1] < start:
            continue
        if stop is not None and t[0] >= stop:
            return
        word, valid = found["word"].astype(np.int64), (found["word"] & 1).astype(np.bool_)
        yield Block(word >> 17 & 0x7FFF, word >> 2 & 0x7FFF, t, (word >> 1 & 1).astype(np.bool_)).where(valid)


@dataclass(frozen=True)
class BinFile:
    """Events of 40 bits: column, row, polarity and 23 bits of the time stamp."""

    path: Path
    part: str = ""

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`: it doesn't tell."""
        return None

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        overflows = 0
        with opened(self.path) as file:
            for found in records(file, self.path, FIVE):
                x, y, high, middle, low = (found["bytes"][:, k].astype(np.int64) for k in range(5))
                t: NDArray[np.int64] = (high & 0x7F) << 16 | middle << 8 | low
                mark = y == OVERFLOW_ROW
                t += (overflows + np.cumsum(mark)) << 13
                overflows += int(mark.sum())
                yield Block(x, y, t, high >> 7 == 1).where(~mark)
