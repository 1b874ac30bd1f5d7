"""Events in memory, and the interface of a file of events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError

LARGEST = 1 << 18
"""Events of a block that a reader of this package makes; other readers' blocks are of about this size."""

PIECE = 1 << 16
"""Events that are encoded at once: as many as the processor's cache holds what is computed of them."""


class Block(NamedTuple):
    """Some events.

    Attributes:
        x: Columns, integers [N].
        y: Rows, integers [N].
        t: Time stamps in microseconds, int64 [N].
        on: True where the light increased, bool [N].
    """

    x: NDArray[np.integer[Any]]
    y: NDArray[np.integer[Any]]
    t: NDArray[np.int64]
    on: NDArray[np.bool_]

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Block:
        """Some of these events."""
        return Block(self.x[chosen], self.y[chosen], self.t[chosen], self.on[chosen])


class EventFile(Protocol):
    """A file of events, or a part of one. It is read anew each time, block by block, so its length needs no memory."""

    @property
    def path(self) -> Path:
        """The file."""
        ...

    @property
    def part(self) -> str:
        """For messages, which part of the file it is, such as `recording 3: `; empty for a whole file."""
        ...

    def size(self) -> tuple[int, int] | None:
        """Height and width of the sensor in pixels; None if the file doesn't tell.

        Raises:
            DataError: The file can't be read.
        """
        ...

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """The events in the order of the file.

        Args:
            start: Time in microseconds; events before it may be left out.
            stop: Likewise; events from it on may be left out.

        Raises:
            DataError: The file is missing or damaged.
        """
        ...


def up_to_damage(read: Callable[[int, int], Block], first: int, last: int) -> Iterator[Block]:
    """The events `[first, last)` of a file: in one block, or in smaller ones up to the first event that is damaged.

    Args:
        read: Reads the events from one number up to, but not with, another; it may be called again for a part of them.
        first: The number of the first event.
        last: The number after that of the last one.

    Raises:
        DataError: An event is damaged. Those before it have come then.
    """
    try:
        block = read(first, last)
    except DataError:
        if last - first < 2:
            raise
        middle = (first + last) // 2
        yield from up_to_damage(read, first, middle)
        yield from up_to_damage(read, middle, last)
    else:
        yield block


def require_inside(block: Block, size: tuple[int, int], file: EventFile) -> None:
    """Checks that events lie on the sensor.

    Raises:
        DataError: One doesn't.
    """
    height, width = size
    if not len(block.t):
        return
    if block.x.min() < 0 or block.x.max() >= width or block.y.min() < 0 or block.y.max() >= height:
        outside = (block.x < 0) | (block.x >= width) | (block.y < 0) | (block.y >= height)
        k = int(outside.argmax())
        raise DataError(
            f"{file.part}an event is at x = {block.x[k]}, y = {block.y[k]}, outside the {width} x {height} sensor",
            file.path,
            "write the sensor's height and width in the data set, such as `sensor = [260, 346]`",
        )


def gathered(blocks: Iterable[Block]) -> Iterator[Block]:
    """The same events in pieces: small blocks are joined, large ones parted."""
    held: list[Block] = []
    count = 0
    for block in blocks:
        for first in range(0, len(block.t), PIECE):
            piece = block.where(slice(first, first + PIECE))
            if held and count + len(piece.t) > PIECE:
                yield joined(held)
                held, count = [], 0
            held.append(piece)
            count += len(piece.t)
    if held:
        yield joined(held)


def joined(blocks: Sequence[Block]) -> Block:
    """The events of one or more blocks, in this order."""
    if len(blocks) == 1:
        return blocks[0]
    x, y, t, on = zip(*blocks, strict=True)
    return Block(np.concatenate(x), np.concatenate(y), np.concatenate(t), np.concatenate(on))


def no_events() -> Block:
    """A block without events."""
    nothing = np.zeros(0, np.int64)
    return Block(nothing, nothing, nothing, np.zeros(0, np.bool_))
