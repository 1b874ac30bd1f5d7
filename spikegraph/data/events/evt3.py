"""The words of Prophesee's EVT 3: 16 bits each, which are a part of the time, a row, a column, or up to 12 events of a row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.events.binary import Unwrapped, records
from spikegraph.data.events.blocks import LARGEST, Block

ROW, EVENT, FIRST, TWELVE, EIGHT, LOW, HIGH = 0, 2, 3, 4, 5, 6, 8
"""Types of words: the row of events, an event's column, the first column of the next 12 or 8 pixels, these, and the time."""

WORD = np.dtype([("word", "<u2")])

MOST = LARGEST // 12
"""Words that are read at once."""

BACK = 1 << 20
"""Microseconds, about a second, that a time may lie before the one before it; a pause may have the other 15.7 s of 24 bits."""

FARTHEST = 1 << 14
"""A column that no sensor has, in place of those beyond."""

NONE = -(1 << 62)
"""What stands for a time or a row before the first one."""


def evt3_blocks(file: BinaryIO, path: Path) -> Iterator[Block]:
    """The events of the rest of a file.

    A word has the higher or the lower 12 bits of the time; after one with the higher bits the lower ones are 0. Events before
    the first higher bits or the first row are left out, as are other words.

    Raises:
        DataError: The file ends within a word. The events before it have come then.
    """
    words = _Words()
    for found in records(file, path, WORD, MOST):
        yield words.events(found["word"])


class _Words:
    """Reads words in pieces; each piece begins with the time, the row and the column of the one before."""

    def __init__(self) -> None:
        self._unwrapped = Unwrapped(24, BACK)
        self._high, self._time, self._row, self._first = _Latest(NONE), _Latest(NONE), _Latest(NONE), _Latest(0)

    def events(self, word: NDArray[np.uint16]) -> Block:
        """The events of the next piece."""
        kind, value = word >> 12, (word & 0xFFF).astype(np.int64)
        several = (kind == TWELVE) | (kind == EIGHT)
        event = np.flatnonzero((kind == EVENT) | several)
        t = self._times(kind, value)[event]
        row = np.flatnonzero(kind == ROW)
        y = self._row.of(row, value[row] & 0x7FF, len(kind))[event]
        if (unknown := (t == NONE) | (y == NONE)).any():
            event, t, y = (each[~unknown] for each in (event, t, y))
        columns = self._columns(kind, value, several)[event]
        x, on = np.minimum(columns >> 1, FARTHEST).astype(np.int16), columns & 1 != 0
        if several.any():
            pixels = np.where(kind == EVENT, 1, np.where(kind == EIGHT, value & 0xFF, value))[event].astype("<u2")
            which, k = np.nonzero(np.unpackbits(pixels.view(np.uint8).reshape(-1, 2), axis=1, bitorder="little"))
            x, y, t, on = (x[which] + k).astype(np.int16), y[which], t[which], on[which]
        return Block(x, y.astype(np.int16), t, on)

    def _times(self, kind: NDArray[np.integer[Any]], value: NDArray[np.int64]) -> NDArray[np.int64]:
        """The time at each word."""
        at = np.flatnonzero((kind == LOW) | (kind == HIGH))
        low = value[at]
        higher = np.flatnonzero(kind[at] == HIGH)
        highs = self._high.of(higher, low[higher], len(at))
        low[higher] = 0
        known = highs != NONE
        return self._time.of(at[known], self._unwrapped((highs << 12 | low)[known]), len(kind))

    def _columns(
        self, kind: NDArray[np.integer[Any]], value: NDArray[np.int64], several: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """For each word of events twice their first column, with the polarity as the lowest bit.

        Each word of 12 or 8 pixels moves the first column on by so many.
        """
        columns = (value & 0x7FF) << 1 | value >> 11
        first = np.flatnonzero(kind == FIRST)
        if not several.any():
            self._first.of(first, columns[first], len(kind))
            return columns
        pixels = np.where(several, np.where(kind == TWELVE, 24, 16), 0)
        passed = np.cumsum(pixels)
        firsts = self._first.of(first, (columns - passed)[first], len(kind)) + passed - pixels
        self._first.held += int(passed[-1])
        return np.where(several, firsts, columns)


class _Latest:
    """The latest value of a part of the words, also where an earlier piece has it."""

    def __init__(self, held: int) -> None:
        self.held = held

    def of(self, places: NDArray[np.int64], values: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """The value at each of `count` places, int64 [count]; at `places` it becomes one of `values`."""
        found = np.concatenate([[self.held], values])
        self.held = int(found[-1])
        return np.repeat(found, np.diff(places, prepend=0, append=count))
