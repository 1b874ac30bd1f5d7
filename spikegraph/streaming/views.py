"""What makes the inputs of a network from the events of a time step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.events.blocks import Block, EventFile, joined, no_events
from spikegraph.data.events.coding import Grid
from spikegraph.data.events.slicing import Placed
from spikegraph.data.rectification import Rectification
from spikegraph.data.sample import Sample
from spikegraph.data.steps import PairStep, Step, prepared
from spikegraph.dsl.schema.encodings import EVENT_ENCODINGS
from spikegraph.streaming.arrivals import Arrived
from spikegraph.streaming.cutting import StepEvents
from spikegraph.tasks.unlabelled import Unlabelled

Inputs = Mapping[str, NDArray[np.float32]]
"""The arrays of a time step by the names of the network's inputs, float32 [1, C, H, W] each."""


@dataclass(frozen=True)
class Prepared:
    """How events become an input, as in evaluation.

    Attributes:
        encoding: The name of the encoding.
        parameters: The parameters of the encoding.
        steps: What prepares the array for the network.
        task: Stands for the task that the network was trained for.
        rows: How many of the upper rows the input has; None for all.
    """

    encoding: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    steps: Sequence[Step | PairStep] = ()
    task: Unlabelled = field(default_factory=Unlabelled)
    rows: int | None = None

    def of(self, name: str, made: NDArray[np.float32], path: Path) -> NDArray[np.float32]:
        """An input of one time step, [1, C, H, W], as the network gets it.

        Raises:
            DataError: The data set's `augment` doesn't fit it.
        """
        sample = Sample({name: made[..., : self.rows, :]}, np.zeros(0), steps=1)
        try:
            return np.ascontiguousarray(prepared(sample, self.steps, None, self.task).inputs[name], np.float32)
        except ValueError as error:
            raise DataError(str(error), path, "change the data set's `augment`") from error


class NoInputError(DataError):
    """There is nothing that an input could be made of for a time step, such as an image; the step is left out."""


class Input(Protocol):
    """What makes one input of a network."""

    @property
    def name(self) -> str:
        """The name of the input."""
        ...

    def array(self, step: StepEvents) -> NDArray[np.float32]:
        """The input for a time step, float32 [1, C, H, W].

        Raises:
            DataError: It can't be made; a `NoInputError` where the step is to be left out.
        """
        ...

    def empty(self) -> NDArray[np.float32]:
        """The input for a step without events or images."""
        ...


@dataclass
class View:
    """One input of a network.

    Attributes:
        name: Its name.
        camera: The number of the camera.
        file: Where the events are from, for messages.
        how: How its events become an array.
        grid: From the sensor's pixels to those of the array.
        rectification: Moves events to the pixels of the rectified view; None for events as they are.
    """

    name: str
    camera: int
    file: EventFile
    how: Prepared
    grid: Grid
    rectification: Rectification | None = None
    _last: Block | None = field(default=None, repr=False)

    def array(self, step: StepEvents) -> NDArray[np.float32]:
        """The input for a time step, float32 [1, C, H, W].

        Raises:
            DataError: An event isn't on the sensor, or the data set's `augment` doesn't fit the array.
        """
        found = step.placed(self.camera)
        events, offset = self.grid(found.events, self.file), found.offset
        if self.rectification is not None:
            x, y, kept = self.rectification.apply(events.x.astype(np.int64), events.y.astype(np.int64))
            events, offset = Block(x, y, events.t[kept], events.on[kept]), offset[kept]
        parts = [Placed(events, offset, found.span, found.first)]
        encoding = EVENT_ENCODINGS[self.how.encoding]
        if encoding.remembers:
            parts = [*self._remembered(step, parts[0]), *parts]
        height, width = self.grid.size
        made = encoding.encode(parts, 1, height, width, **self.how.parameters).astype(np.float32)
        return self.how.of(self.name, made, self.file.path)

    def empty(self) -> NDArray[np.float32]:
        """The input for a step without events."""
        events = Arrived(no_events(), np.zeros(0, np.uint8), 0.0)
        return self.array(StepEvents(0, 0, 0, 0, 1, events, np.zeros(0, np.int64), 1, 0, 1, 0.0))

    def _remembered(self, step: StepEvents, new: Placed) -> list[Placed]:
        """The last event of each pixel and polarity in the sequence's steps before this one, as events at its start."""
        before = None if step.index == 0 else self._last
        self._last = _latest(new.events if before is None else joined([before, new.events]), self.grid.size)
        if before is None:
            return []
        return [Placed(before, np.zeros(len(before.t), np.int64), new.span, new.first)]


def require_shape(view: View, shape: tuple[int, ...], *, fixed: bool) -> None:
    """Checks that the arrays of a view have the shape [C, H, W] of the network's input; without `fixed` only the channels.

    Raises:
        DataError: They don't.
    """
    made = view.empty().shape[1:]
    if made[0] != shape[0] or (fixed and made != shape):
        sizes = [" x ".join(map(str, size)) for size in (made, shape)]
        sensor = "the sensor's {} x {} pixels".format(*view.grid.sensor)
        summary = f"{sensor} give values of {sizes[0]}, but the network's input `{view.name}` has {sizes[1]}"
        raise DataError(summary, view.file.path, "use a recording of the sensor that the network was trained for")


def inputs_of(views: Iterable[Input]) -> Callable[[StepEvents], Inputs]:
    """What makes a network's inputs of the events of a time step."""
    views = tuple(views)
    return lambda step: {view.name: view.array(step) for view in views}


def _latest(events: Block, size: tuple[int, int]) -> Block:
    """Of each pixel and polarity the event with the largest time stamp."""
    height, width = size
    cells = (events.on * height + events.y.astype(np.int64)) * width + events.x
    order = np.lexsort((events.t, cells))
    last = np.append(cells[order][1:] != cells[order][:-1], True) if len(order) else np.zeros(0, bool)
    return events.where(order[last])
