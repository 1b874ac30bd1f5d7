"""The time steps of a sample: which part of a recording each has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.events.blocks import Block, EventFile
from spikegraph.errors import DataError

KEPT = 1 << 22
"""Events of a recording that are kept in memory between its two readings; a longer one is read twice."""


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
        return self.offset * parts // self.span


def placed(file: EventFile, slicing: Slicing) -> Iterator[Placed]:
    """The events of a sample with their places, block by block.

    Raises:
        DataError: The recording has no event, or can't be read.
    """
    first, last, count, kept = _surveyed(file)
    stop = last + 1 if slicing.duration is None else min(last + 1, first + slicing.duration)
    if slicing.by == "time":
        span = slicing.duration or last + 1 - first
        for block in kept or file.blocks(first, stop):
            used = block if stop > last else block.where(block.t < stop)
            yield Placed(used, used.t - first, span, first)
        return
    if stop <= last:
        count = sum(int((block.t < stop).sum()) for block in kept or file.blocks(first, stop))
    done = 0
    for block in kept or file.blocks(first, stop):
        used = block if stop > last else block.where(block.t < stop)
        yield Placed(used, np.arange(done, done + len(used.t)), count, None)
        done += len(used.t)


def _surveyed(file: EventFile) -> tuple[int, int, int, list[Block] | None]:
    """First and last time stamp, the number of events, and the events themselves if they aren't too many."""
    first, last, count = 0, 0, 0
    kept: list[Block] | None = []
    for block in file.blocks():
        if not len(block.t):
            continue
        low, high = int(block.t.min()), int(block.t.max())
        first, last = (min(first, low), max(last, high)) if count else (low, high)
        count += len(block.t)
        if kept is not None:
            kept.append(block)
        if count > KEPT:
            kept = None
    if not count:
        raise DataError(f"{file.part}there is no event", file.path)
    return first, last, count, kept
