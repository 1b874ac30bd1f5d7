"""How a data set makes an array of a recording: its time steps, its pixels and its encoding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.encoded_values import require_declared
from spikegraph.data.events.blocks import Block, EventFile, require_inside
from spikegraph.data.events.slicing import Placed, Slicing, placed
from spikegraph.dsl.schema.encodings import EVENT_ENCODINGS
from spikegraph.plugins.returned import of_type

if TYPE_CHECKING:
    from spikegraph.dsl.schema.sample_type import EventInput

MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Coding:
    """From recordings to arrays.

    Attributes:
        encoding: The name of the encoding.
        slicing: The time steps.
        sensor: Height and width of the sensor; None if the files tell it.
        size: Height and width of the array: the sensor's pixels are joined to it; None for the sensor's.
        parameters: The parameters of the encoding.
    """

    encoding: str
    slicing: Slicing
    sensor: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def encoded(self, file: EventFile) -> NDArray[Any]:
        """The sample [T, C, H, W] of a recording.

        Raises:
            DataError: The file is damaged or empty, or its events don't lie on the sensor.
            TypeError, ValueError: A plug-in's encoding made something else than it was asked for, or than it declares.
        """
        sensor, (height, width) = self.sizes(file)
        size = (height, width)
        events = _on_grid(placed(file, self.slicing), sensor, size, file)
        declared = EVENT_ENCODINGS[self.encoding]
        values = declared.encode(events, self.slicing.steps, height, width, **self.parameters)
        found = of_type(np.ndarray, values, declared.encode, f"the encoding `{self.encoding}`")
        if not EVENT_ENCODINGS.is_built_in(self.encoding):
            channels = declared.channels(**self.parameters)
            wanted = (self.slicing.steps, "C" if channels is None else channels, *size)
            require_declared(found, wanted, declared.kind, self.encoding, declared.encode)
        return found

    def sizes(self, file: EventFile) -> tuple[tuple[int, int], tuple[int, int]]:
        """Height and width of a recording's sensor, and those of its array.

        Raises:
            DataError: The file is damaged, nothing tells its sensor's size, or that is smaller than the array's.
        """
        sensor = self.sensor or file.size()
        if sensor is None:
            help = "write its height and width in the data set, such as `sensor = [260, 346]`"
            raise DataError("it doesn't tell the size of its sensor", file.path, help)
        return sensor, joined_size(sensor, self.size, file.path)


def coding_of(events: EventInput, sensor: tuple[int, int] | None = None) -> Coding:
    """The coding that a declaration asks for; `sensor` is that of its source, if it is known."""
    duration = None if events.duration is None else max(1, round(events.duration * MICROSECONDS))
    slicing = Slicing(events.steps, events.by, duration)
    return Coding(events.encoding, slicing, events.sensor or sensor, events.size, dict(events.parameters))


def joined_size(sensor: tuple[int, int], size: tuple[int, int] | None, path: Path) -> tuple[int, int]:
    """Height and width of the array to which a sensor's pixels are joined; `path` is the recording.

    Raises:
        DataError: The sensor has fewer pixels.
    """
    height, width = size or sensor
    if height > sensor[0] or width > sensor[1]:
        summary = f"its sensor has {sensor[0]} x {sensor[1]} pixels, fewer than the {height} x {width} to which they are joined"
        raise DataError(summary, path, "write a smaller `size` in the data set")
    return height, width


class Grid:
    """Joins a sensor's pixels to those of an array."""

    def __init__(self, sensor: tuple[int, int], size: tuple[int, int]) -> None:
        self.sensor, self.size = sensor, size
        self._tables = [np.arange(of, dtype=np.int64) * n // of for n, of in zip(size, sensor, strict=True)]

    def __call__(self, events: Block, file: EventFile) -> Block:
        """The events with the coordinates of the array's pixels.

        Raises:
            DataError: One isn't on the sensor; the message names the file.
        """
        require_inside(events, self.sensor, file)
        if self.size == self.sensor:
            return events
        y, x = (joined[c] for joined, c in zip(self._tables, (events.y, events.x), strict=True))
        return events._replace(x=x, y=y)


def _on_grid(events: Iterator[Placed], sensor: tuple[int, int], size: tuple[int, int], file: EventFile) -> Iterator[Placed]:
    grid = Grid(sensor, size)
    for block in events:
        yield replace(block, events=grid(block.events, file))
