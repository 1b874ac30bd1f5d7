"""AEDAT 2.0 and 3.1 (`.aedat`), and the events of 40 bits of N-MNIST and N-Caltech101 (`.bin`).

The layouts are those of https://docs.inivation.com/software/software-advanced-usage/file-formats and of
https://www.garrickorchard.com/datasets/n-mnist.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from spikegraph.base.errors import DataError
from spikegraph.data.events.binary import AGAIN, TRUNCATED, Unwrapped, header, opened, records
from spikegraph.data.events.blocks import LARGEST, Block

ADDRESSES = np.dtype([("word", ">u4"), ("t", ">u4")])
POLARITIES = np.dtype([("word", "<u4"), ("t", "<u4")])
FIVE = np.dtype([("bytes", "u1", 5)])
PACKET = struct.Struct("<HHIIIIII")
"""Type, source, size, offset of the time stamp, overflow, capacity, number, valid number."""

DVS128 = "dvs128"
CHIPS = {DVS128: (128, 128), "davis208": (192, 208), "davis240": (180, 240), "davis346": (260, 346), "davis640": (480, 640)}
"""Height and width by how the name of the chip begins, in lower case."""

POLARITY_EVENT = 1
MOST_IN_A_PACKET = 1 << 24
LARGEST_EVENT = 1 << 28
"""Most events of a packet, and most bytes of one; an image is an event too."""

OVERFLOW_ROW = 240
"""A row that marks an overflow of the time stamps, by 2 ** 13 microseconds."""


@dataclass(frozen=True)
class AedatFile:
    """An AEDAT file of version 2.0 (of a DVS128 or a DAVIS) or 3.1.

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
        if version == 3:
            return None
        height, width = CHIPS[_chip(lines, self.path)]
        return (width, height) if self.swapped else (height, width)

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        with opened(self.path) as file:
            version, lines = _version(file, self.path)
            if version == 3:
                found = _packets(file, self.path, start, stop)
            else:
                found = _addresses(file, self.path, _chip(lines, self.path))
            for block in found:
                yield Block(block.y, block.x, block.t, block.on) if self.swapped else block


def _version(file: BinaryIO, path: Path) -> tuple[int, list[str]]:
    """The version, 2 or 3, and the lines of the header.

    Raises:
        DataError: It is another version, or none.
    """
    first = file.readline(64)
    file.seek(0)
    if first.startswith(b"#!AER-DAT3.1"):
        return 3, header(file, path, b"#", b"#!END-HEADER")
    if first.startswith(b"#!AER-DAT2.0"):
        return 2, header(file, path, b"#", b"#End Of ASCII Header")
    if first.startswith(b"#!AER-DAT"):
        version = first[len(b"#!AER-DAT") :].strip().decode("latin-1")
        help = "name it `.aedat4`" if version.startswith("4") else None
        raise DataError(f"it is AEDAT {version}; versions 2.0 and 3.1 are read from `.aedat` files", path, help)
    raise DataError("it isn't AEDAT: its first line must begin with `#!AER-DAT`", path, AGAIN)


def _chip(lines: list[str], path: Path) -> str:
    """The chip, a key of `CHIPS`; a DVS128 if the header names none.

    Raises:
        DataError: It isn't known.
    """
    named = next((line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("# aechip:")), None)
    if named is None:
        return DVS128
    name = named.rpartition(".")[2].lower()
    for chip in CHIPS:
        if name.startswith(chip):
            return chip
    raise DataError(f"its chip `{named}` isn't known; known are DVS128 and DAVIS 208, 240, 346 and 640", path)


def _addresses(file: BinaryIO, path: Path, chip: str) -> Iterator[Block]:
    """The events of AEDAT 2.0. jAER's origin is at the bottom left, and columns are mirrored."""
    unwrapped = Unwrapped(32)
    height, width = CHIPS[chip]
    for found in records(file, path, ADDRESSES):
        word, t = found["word"].astype(np.int32), unwrapped(found["t"])
        if chip == DVS128:
            # Bit 15 marks a signal at a pin.
            x, y, on = word >> 1 & 0x7F, word >> 8 & 0x7F, word & 1 == 0
            kept = word & 1 << 15 == 0
        else:
            # Bit 31 marks a sample of the image or the motion sensor, bit 10 a signal at a pin.
            x, y, on = word >> 12 & 0x3FF, word >> 22 & 0x1FF, word & 1 << 11 != 0
            kept = (word >= 0) & (word & 1 << 10 == 0)
        block = Block(width - 1 - x, height - 1 - y, t, on)
        yield block if kept.all() else block.where(kept)


def _packets(file: BinaryIO, path: Path, start: int | None, stop: int | None) -> Iterator[Block]:
    """The polarity events of AEDAT 3.1; packets before `start` are left out, and those from `stop` on not read."""
    end = os.fstat(file.fileno()).st_size
    while head := file.read(PACKET.size):
        if len(head) < PACKET.size:
            raise DataError("it ends within a packet's header", path, TRUNCATED)
        at = file.tell()
        kind, _, size, _, overflow, capacity, number, _ = PACKET.unpack(head)
        if number > capacity or capacity > MOST_IN_A_PACKET or not 0 < size <= LARGEST_EVENT:
            raise DataError(
                f"a packet at byte {at - PACKET.size:,} claims {number:,} of {capacity:,} events of {size:,} bytes", path, AGAIN
            )
        whole = min(number, (end - at) // size)  # of a packet that the file ends within, the events that are there
        if kind == POLARITY_EVENT and number:
            if size != POLARITIES.itemsize:
                raise DataError(f"its polarity events have {size} bytes, not {POLARITIES.itemsize}", path, AGAIN)
            for first in range(0, whole, LARGEST):
                data = file.read(size * min(LARGEST, whole - first))
                block = _polarities(np.frombuffer(data, POLARITIES), overflow)
                if not len(block.t):
                    continue
                if start is not None and block.t.max() < start:
                    continue
                if stop is not None and block.t.min() >= stop:  # packets are in the order of time
                    return
                yield block
        if whole < number:
            raise DataError("it ends within a packet", path, TRUNCATED)
        file.seek(at + size * capacity)


def _polarities(found: np.ndarray[tuple[int], np.dtype[np.void]], overflow: int) -> Block:
    word = found["word"]
    block = Block(
        (word >> 17).astype(np.int16),
        (word >> 2 & 0x7FFF).astype(np.int16),
        found["t"].astype(np.int64) | overflow << 31,
        word & 2 != 0,
    )
    valid = word & 1 != 0
    return block if valid.all() else block.where(valid)


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
                x, y, high, middle, low = found["bytes"].T
                t = (high & 0x7F).astype(np.int64) << 16 | middle.astype(np.int64) << 8 | low
                mark = y == OVERFLOW_ROW
                if overflows or mark.any():
                    t += (overflows + np.cumsum(mark)) << 13
                    overflows += int(mark.sum())
                block = Block(x, y, t, high >= 0x80)
                yield block.where(~mark) if mark.any() else block
