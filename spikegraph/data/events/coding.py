"""How a data set makes an array of a recording: its time steps, its pixels and its encoding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.events.blocks import EventFile, require_inside
from spikegraph.data.events.encodings import ENCODINGS
from spikegraph.data.events.slicing import Placed, Slicing, placed
from spikegraph.errors import DataError

if TYPE_CHECKING:
    from spikegraph.dsl.schema.dataset import EventDataset

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
        """
        sensor = self.sensor or file.size()
        if sensor is None:
            help = "write its height and width in the data set, such as `sensor = [260, 346]`"
            raise DataError("it doesn't tell the size of its sensor", file.path, help)
        height, width = size = self.size or sensor
        if height > sensor[0] or width > sensor[1]:
            summary = (
                f"its sensor has {sensor[0]} x {sensor[1]} pixels, fewer than the {height} x {width} to which they are joined"
            )
            raise DataError(summary, file.path, "write a smaller `size` in the data set")
        events = _on_grid(placed(file, self.slicing), sensor, size, file)
        return ENCODINGS[self.encoding](events, self.slicing.steps, height, width, **self.parameters)


def coding_of(dataset: EventDataset, sensor: tuple[int, int] | None = None) -> Coding:
    """The coding that a declaration asks for; `sensor` is that of its source, if it is known.

    Raises:
        DataError: A plug-in declares the encoding, but not what it does.
    """
    call = dataset.encoding
    if call.name not in ENCODINGS:
        raise DataError(f"`{call.name}` encodes no events", help="register the encoding with `ENCODINGS` in the plug-in")
    duration = None if dataset.duration is None else max(1, round(dataset.duration * MICROSECONDS))
    slicing = Slicing(dataset.steps, dataset.slices, duration)
    return Coding(call.name, slicing, _size(dataset.sensor) or sensor, _size(dataset.size), dict(call.named))


def _size(given: tuple[int, ...] | None) -> tuple[int, int] | None:
    return None if given is None else (given[0], given[1])


def _on_grid(events: Iterator[Placed], sensor: tuple[int, int], size: tuple[int, int], file: EventFile) -> Iterator[Placed]:
    """The events with the coordinates of the array's pixels."""
    tables = [np.arange(of, dtype=np.int64) * n // of for n, of in zip(size, sensor, strict=True)]
    for block in events:
        e = block.events
        require_inside(e, sensor, file)
        if size != sensor:
            y, x = (joined[c] for joined, c in zip(tables, (e.y, e.x), strict=True))
            yield replace(block, events=e._replace(x=x, y=y))
        else:
            yield block
