"""The time steps of a sample: which part of a recording each has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.events.blocks import Block, EventFile, gathered

KEPT = 1 << 20
"""Most events of a recording that are kept in memory between its two readings; a longer one is read twice."""

LONGEST = 86_400_000_000
"""Longest recording in microseconds, a day: that of 0.1 s is longer if its microseconds are taken as seconds."""

LATEST = 1 << 60
"""Latest time stamp in microseconds."""


@dataclass(frozen=True)
class Slicing:
    """How a recording is parted.

    Attributes:
        steps: Number of time steps T.
        by: `time`: all steps last equally long. `count`: all steps have equally many events.
        duration: Microseconds from the first event on that are used; None for all.
    """

    steps: int
    by: Literal["time", "count"] = "time"
    duration: int | None = None


@dataclass(frozen=True)
class Placed:
    """Events and their places in a sample.

    Event i is at `offset[i] / span` of the sample, from 0 to below 1, so in part `offset[i] * parts // span` of equal `parts`.

    Attributes:
        events: The events.
        offset: int64 [N].
        span: Length of the sample, in microseconds or events.
        first: The time at which the sample begins in microseconds, if its parts last equally long; None if they have equally
            many events.
    """

    events: Block
    offset: NDArray[np.int64]
    span: int
    first: int | None

    def part(self, parts: int) -> NDArray[np.int64]:
        """The number of the part of each event, int64 [N]: of the parts that the sample has in equal parts."""
        if not len(self.offset) or (self.offset[1:] < self.offset[:-1]).any():
            return self.offset * parts // self.span
        # Part k begins at the first whole number from `k * span / parts` on.
        edges = -(-np.arange(parts + 1) * self.span // parts)
        return np.repeat(np.arange(parts), np.diff(np.searchsorted(self.offset, edges)))


def placed(file: EventFile, slicing: Slicing) -> Iterator[Placed]:
    """The events of a sample with their places, block by block.

    Raises:
        DataError: The recording has no event, lasts too long, or can't be read.
    """
    first, last, count, kept = _surveyed(file)
    stop = last + 1 if slicing.duration is None else min(last + 1, first + slicing.duration)
    blocks = _until(stop, last, file.blocks(first, stop) if kept is None else kept)
    if slicing.by == "time":
        span = last + 1 - first if slicing.duration is None else slicing.duration
        for block in blocks:
            yield Placed(block, block.t - first, span, first)
        return
    if stop <= last:
        count = sum(len(block.t) for block in _until(stop, last, file.blocks(first, stop) if kept is None else kept))
    done = 0
    for block in blocks:
        yield Placed(block, np.arange(done, done + len(block.t)), count, None)
        done += len(block.t)


def _until(stop: int, last: int, blocks: Iterable[Block]) -> Iterator[Block]:
    """The events before `stop`, in pieces."""
    for block in gathered(blocks):
        yield block if stop > last else block.where(block.t < stop)


@dataclass
class Survey:
    """What is known of a recording once it was read.

    Attributes:
        file: The recording.
        first: Its first time stamp in microseconds.
        last: Its last one.
        count: The number of its events.
    """

    file: EventFile
    first: int = 0
    last: int = 0
    count: int = 0

    def add(self, block: Block) -> None:
        """Takes the next events, of which there is at least one."""
        low, high = int(block.t.min()), int(block.t.max())
        self.first, self.last = (min(self.first, low), max(self.last, high)) if self.count else (low, high)
        self.count += len(block.t)

    def require_sound(self) -> None:
        """Checks what can be wrong with a recording as a whole.

        Raises:
            DataError: It has no event, or lasts too long.
        """
        part, path = self.file.part, self.file.path
        if not self.count:
            raise DataError(f"{part}there is no event", path)
        if self.last - self.first > LONGEST or max(-self.first, self.last) > LATEST:
            days = (self.last - self.first) / 86_400e6
            times = f"its time stamps are from {self.first:,} to {self.last:,} microseconds, which is {days:,.1f} days"
            raise DataError(f"{part}{times}", path, "the file is damaged, or its times aren't in microseconds")


def _surveyed(file: EventFile) -> tuple[int, int, int, list[Block] | None]:
    """First and last time stamp, the number of events, and the events themselves if they aren't too many."""
    found = Survey(file)
    kept: list[Block] | None = []
    for block in file.blocks():
        if not len(block.t):
            continue
        found.add(block)
        if found.count > KEPT:
            kept = None
        if kept is not None:
            kept.append(block)
    found.require_sound()
    return found.first, found.last, found.count, kept
