"""Events in the order in which they arrive, of one camera or of two."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.base.surface import either
from spikegraph.data.events.blocks import PIECE, Block, EventFile, joined, require_inside

Clock = Callable[[], float]
"""Tells the time in seconds, from any moment on."""


class Arrived(NamedTuple):
    """Events that arrived together.

    Attributes:
        events: The events.
        camera: The number of the camera of each, uint8 [N].
        at: When they arrived, as the clock tells it, in seconds.
    """

    events: Block
    camera: NDArray[np.uint8]
    at: float

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Arrived:
        """Some of these events."""
        return Arrived(self.events.where(chosen), self.camera[chosen], self.at)


def recorded(files: Sequence[EventFile], clock: Clock = time.monotonic) -> Iterator[Arrived]:
    """The events of recordings that run at the same time, one for each camera.

    Of several recordings the events are in the order of time, as far as each file's are; of one they keep the file's order.
    Besides the files' own blocks, memory holds one piece of each.

    Raises:
        DataError: A file is missing or damaged. The events before the damage have come then.
    """
    if len(files) == 1:
        for block in _pieces(files[0]):
            yield Arrived(block, np.zeros(len(block.t), np.uint8), clock())
        return
    yield from _merged(files, clock)


def on_sensor(arrivals: Iterable[Arrived], files: Sequence[EventFile], size: tuple[int, int]) -> Iterator[Arrived]:
    """The same events, of which each is checked.

    Args:
        arrivals: The events.
        files: Where those of each camera are from, for messages.
        size: Height and width of the sensors.

    Raises:
        DataError: An event doesn't lie on the sensor, or is of a camera that the network doesn't have. The events before it
            have come then.
    """
    height, width = size
    for arrived in arrivals:
        x, y = arrived.events.x, arrived.events.y
        wrong = (arrived.camera >= len(files)) | (x < 0) | (x >= width) | (y < 0) | (y >= height)
        if not wrong.any():
            yield arrived
            continue
        k = int(wrong.argmax())
        if k:
            yield arrived.where(slice(k))
        if (camera := int(arrived.camera[k])) >= len(files):
            summary = f"an event is of camera {camera}, but the network has one camera, 0"
            raise DataError(summary, files[0].path, "send the events of one camera")
        try:
            require_inside(arrived.events.where(slice(k, k + 1)), size, files[camera])
        except DataError as error:
            how = either("--sensor 260x346", "sensor=(260, 346)")
            raise DataError(error.summary, error.path, f"give the sensor's height and width, such as {how}") from error


def _merged(files: Sequence[EventFile], clock: Clock) -> Iterator[Arrived]:
    """The events of several files: of the pieces at hand, those up to the end of the one that ends first."""
    broken: list[DataError] = []
    readers = [_until_damage(file, broken) for file in files]
    held = [next(reader, None) for reader in readers]
    while any(block is not None for block in held):
        until = min(int(block.t.max()) for block in held if block is not None)
        parts: list[tuple[Block, int]] = []
        for camera, block in enumerate(held):
            if block is None:
                continue
            now = block.t <= until
            parts.append((block.where(now), camera))
            held[camera] = next(readers[camera], None) if now.all() else block.where(~now)
        events = joined([block for block, _ in parts])
        camera = np.concatenate([np.full(len(block.t), number, np.uint8) for block, number in parts])
        yield Arrived(events, camera, clock()).where(np.argsort(events.t, kind="stable"))
    if broken:
        raise broken[0]


def _until_damage(file: EventFile, broken: list[DataError]) -> Iterator[Block]:
    try:
        yield from _pieces(file)
    except DataError as error:
        broken.append(error)


def _pieces(file: EventFile) -> Iterator[Block]:
    """The events of a file in pieces of bounded size, without empty ones."""
    for block in file.blocks():
        for first in range(0, len(block.t), PIECE):
            yield block.where(slice(first, first + PIECE))
