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

MOST = LARGEST // 6
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
        block = words.events(found["word"])
        for first in range(0, len(block.t), LARGEST):
            yield block.where(slice(first, first + LARGEST))


class _Words:
    """Reads words in pieces; each piece begins with the time, the row and the column of the one before."""

    def __init__(self) -> None:
        self._unwrapped = Unwrapped(24, BACK)
        self._high, self._time, self._row, self._first = _Latest(NONE), _Latest(NONE), _Latest(NONE), _Latest(0)

    def events(self, word: NDArray[np.uint16]) -> Block:
        """The events of the next piece."""
        kind, value = word >> 12, word & 0xFFF
        several = (kind == TWELVE) | (kind == EIGHT)
        has_events = (kind == EVENT) | several
        event, before = np.flatnonzero(has_events), np.cumsum(has_events)
        t = self._times(kind, value, before)
        row = np.flatnonzero(kind == ROW)
        y = self._row.of(before[row], value[row] & 0x7FF, len(event))
        columns = self._columns(kind, value, several, event)
        if len(event) and NONE in (t[0], y[0]):
            known = (t != NONE) & (y != NONE)
            event, t, y, columns = event[known], t[known], y[known], columns[known]
        x, y, on = np.minimum(columns >> 1, FARTHEST).astype(np.int16), y.astype(np.int16), columns & 1 != 0
        if several.any():
            pixels = np.where(several[event], np.where(kind[event] == TWELVE, value[event], value[event] & 0xFF), 1).astype(
                "<u2"
            )
            at = np.flatnonzero(np.unpackbits(pixels.view(np.uint8), bitorder="little"))  # there are 16 of each word
            which = at >> 4
            x, y, t, on = x[which] + (at & 15).astype(np.int16), y[which], t[which], on[which]
        return Block(x, y, t, on)

    def _times(
        self, kind: NDArray[np.integer[Any]], value: NDArray[np.integer[Any]], before: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The time of each word of events; `before` has for each word how many of these came up to it."""
        at = np.flatnonzero((kind == LOW) | (kind == HIGH))
        low = value[at].astype(np.int64)
        higher = np.flatnonzero(kind[at] == HIGH)
        highs = self._high.of(higher, low[higher], len(at))
        low[higher] = 0
        if len(at) and highs[0] == NONE:
            known = highs != NONE
            at, low, highs = at[known], low[known], highs[known]
        return self._time.of(before[at], self._unwrapped(highs << 12 | low), int(before[-1]))

    def _columns(
        self,
        kind: NDArray[np.integer[Any]],
        value: NDArray[np.integer[Any]],
        several: NDArray[np.bool_],
        event: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """For each word of events twice their first column, with the polarity as the lowest bit.

        Each word of 12 or 8 pixels moves the first column on by so many.
        """
        columns = _doubled(value[event])
        first = np.flatnonzero(kind == FIRST)
        if not len(first) and not several.any():
            return columns
        pixels = np.where(several, np.where(kind == TWELVE, 24, 16), 0)
        passed = np.cumsum(pixels)
        firsts = self._first.of(first, _doubled(value[first]) - passed[first], len(kind)) + passed - pixels
        self._first.held += int(passed[-1])
        return np.where(several[event], firsts[event], columns)


def _doubled(value: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Columns of 11 bits and the polarity above them, as twice the column and the polarity."""
    return ((value & 0x7FF) << 1 | value >> 11).astype(np.int64)


class _Latest:
    """The latest value of a part of the words, also where an earlier piece has it."""

    def __init__(self, held: int) -> None:
        self.held = held

    def of(self, places: NDArray[np.int64], values: NDArray[np.integer[Any]], count: int) -> NDArray[np.int64]:
        """The value at each of `count` places, int64 [count]; at `places` it becomes one of `values`."""
        found = np.concatenate([[self.held], values])
        self.held = int(found[-1])
        return np.repeat(found, np.diff(places, prepend=0, append=count))
