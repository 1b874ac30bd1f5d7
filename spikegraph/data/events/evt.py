"""Prophesee's EVT 2, 2.1 and 3 (`.raw`): https://docs.prophesee.ai/stable/data/encoding_formats/index.html."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.events.binary import Unwrapped, beginning, header, opened, records
from spikegraph.data.events.blocks import LARGEST, Block
from spikegraph.data.events.evt3 import evt3_blocks

VERSIONS = {"2.0": "2", "2": "2", "2.1": "2.1", "21": "2.1", "3.0": "3", "3": "3"}
"""How headers write the version."""

OFF, ON, HIGH = 0, 1, 8
"""Types of words: where the light decreased, where it increased, and the higher bits of the time."""

HALVES = np.dtype([("low", "<u4"), ("high", "<u4")])
LEGACY = np.dtype([("high", "<u4"), ("low", "<u4")])
"""The words of EVT 2.1 in the two orders in which sensors send them."""

SINGLE = np.dtype([("high", "<u4")])


@dataclass(frozen=True)
class EvtFile:
    """A recording in EVT 2, 2.1 or 3."""

    path: Path
    part: str = ""

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`."""
        with opened(self.path) as file:
            return _geometry(header(file, self.path, b"% ", b"% end"))

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        with opened(self.path) as file:
            lines = header(file, self.path, b"% ", b"% end")
            start = beginning(lines, self.path)
            for block in self._relative(file, lines):
                yield block._replace(t=block.t + start)

    def _relative(self, file: BinaryIO, lines: list[str]) -> Iterator[Block]:
        """The events, whose times are relative to the header's; the file is read from after its header."""
        version = _version(lines, self.path)
        if version == "3":
            return evt3_blocks(file, self.path)
        return _words(file, self.path, SINGLE if version == "2" else _order(lines, file, self.path))


def _version(lines: list[str], path: Path) -> str:
    """The version of EVT in a header, `% evt 3.0` or `% format EVT3;height=720;width=1280`."""
    found = re.search(r"^% (?:evt |format EVT)([0-9.]+)", "\n".join(lines), re.MULTILINE)
    named = found[1] if found else "none"
    if named not in VERSIONS:
        raise DataError(f"its header names the version `{named}`, not EVT 2, 2.1 or 3", path)
    return VERSIONS[named]


def _geometry(lines: list[str]) -> tuple[int, int] | None:
    """Height and width in a header, `% geometry 1280x720` or as the format's fields."""
    text = "\n".join(lines)
    if found := re.search(r"^% geometry (\d{1,5})x(\d{1,5})$", text, re.MULTILINE):
        return int(found[2]), int(found[1])
    fields = dict(re.findall(r"\b(height|width)=(\d{1,5})\b", text))
    return (int(fields["height"]), int(fields["width"])) if len(fields) == 2 else None


def _order(lines: list[str], file: BinaryIO, path: Path) -> np.dtype[np.void]:
    """The order of the two halves of a word of EVT 2.1: as the header says, or else as the first word shows, which is a time.

    Raises:
        DataError: Neither tells.
    """
    named = re.search(r"\bendianness=(\w+)", "\n".join(lines))
    if named:
        if named[1] not in ("little", "legacy"):
            raise DataError(f"its words have the order `{named[1]}`, neither `little` nor `legacy`", path)
        return HALVES if named[1] == "little" else LEGACY
    at = file.tell()
    data = file.read(HALVES.itemsize)
    file.seek(at)
    if len(data) < HALVES.itemsize:
        return HALVES  # there is no whole word, which the reader of the words tells
    first, second = np.frombuffer(data, "<u4") >> 28 == HIGH
    if first == second:
        raise DataError("its header doesn't tell the order of its words, and the first word isn't a time", path)
    return LEGACY if first else HALVES


def _words(file: BinaryIO, path: Path, kind: np.dtype[np.void]) -> Iterator[Block]:
    """The events of EVT 2 or 2.1: a word has 6 bits of the time, and words of their own have the 28 bits above.

    Events before the first of those words have no time and are left out, as are other words.
    """
    unwrapped = Unwrapped(34)
    time: NDArray[np.int64] = np.zeros(0, np.int64)
    # A word of EVT 2.1 has up to 32 events.
    for found in records(file, path, kind, LARGEST if kind == SINGLE else LARGEST // 32):
        word = found["high"]
        what = word >> 28
        times = what == HIGH
        marks = np.concatenate([time[-1:], unwrapped((word[times] & 0x0FFFFFFF).astype(np.int64) << 6)])
        last = np.cumsum(times) - (0 if len(time) else 1)  # for each word, the place of the time before it in `marks`
        time = marks
        chosen = np.flatnonzero((what <= ON) & (last >= 0))
        word = word[chosen]
        t = marks[last[chosen]] + (word >> 22 & 0x3F)
        x, y, on = (word >> 11 & 0x7FF).astype(np.int16), (word & 0x7FF).astype(np.int16), word >> 28 == ON
        if kind == SINGLE:
            yield Block(x, y, t, on)
            continue
        # Bit k of the lower half stands for an event in column x + k.
        bits = np.unpackbits(found["low"][chosen].astype("<u4").view(np.uint8).reshape(-1, 4), axis=1, bitorder="little")
        which, k = np.nonzero(bits)
        yield Block((x[which] + k).astype(np.int16), y[which], t[which], on[which])
