"""What a data set gives the network: the type of its samples, as far as the spec shows it, and how events become its inputs."""

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Any, Literal

from spikegraph.base.record import record
from spikegraph.dsl.schema.encodings import ValueKind
from spikegraph.dsl.source import Span


class AugmentError(ValueError):
    """An augmentation doesn't suit the images before it; `span` is its place, `help` the fix."""

    def __init__(self, summary: str, span: Span, cause: Exception | None = None) -> None:
        super().__init__(summary)
        self.span = span
        self.help: str = getattr(
            cause, "help", "change the data set's `augment`, for example with `random_crop([height, width])`"
        )


KINDS: tuple[ValueKind, ...] = ("spike", "events", "real")
"""The kinds, each of which has the values of those before it."""


def wider(kind: ValueKind) -> tuple[ValueKind, ...]:
    """A kind, and those that have its values too."""
    return KINDS[KINDS.index(kind) :]


@record
class InputType:
    """The type of an input; attributes as of `SampleType`."""

    kind: ValueKind
    shape: tuple[int | None, ...]


@record
class SampleType:
    """The type of a data set's samples.

    Attributes:
        views: The names of the inputs of its usual type; a single one suits an input of any name.
        kind: What a value is: the polarity of events, a number, or a spike.
        steps: Whether each time step has values of its own.
        shape: Channels, height and width of a value at one time step, or other axes; None where only the files show it; () if
            they also show how many axes it has.
        classes: Number of classes; None if only the files show it, or if there are none.
        task: The name of the task (`spikegraph.tasks`), which says what the targets are.
        beside: The types of inputs that it has beside these, by name, such as images beside events.
        possible: What to write in the data set for inputs that it could have too, by name.
        other_tasks: The tasks that the data set could name instead of its usual one.
        stepwise: Whether single time steps have targets, as far as the files show it.
        for_steps: What to write in the data set if its samples have time steps after all; empty if that can't be said.
        suits: Kinds of a network's inputs that suit the values too, beside their own kind and `real`.
        made_by: The augmentation that gives values of this kind, where they were of another one before; else empty.
        image_step: The augmentation of images that its samples are to go through, though they may be vectors; else empty.
    """

    views: tuple[str, ...]
    kind: ValueKind
    steps: bool
    shape: tuple[int | None, ...]
    classes: int | None
    task: str = "class"
    beside: Mapping[str, InputType] = field(default_factory=dict[str, InputType])
    possible: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)
    other_tasks: Collection[str] = field(default=(), compare=False)
    stepwise: bool = field(default=False, compare=False)
    for_steps: str = field(default="", compare=False)
    suits: Collection[ValueKind] = field(default=(), compare=False)
    made_by: str = field(default="", compare=False)
    image_step: str = field(default="", compare=False)

    @property
    def inputs(self) -> Mapping[str, InputType]:
        """The types of all inputs by name."""
        return {**{name: InputType(self.kind, self.shape) for name in self.views}, **self.beside}

    def __str__(self) -> str:
        """The usual inputs, as `told`."""
        return self.told(InputType(self.kind, self.shape))

    def told(self, of: InputType) -> str:
        """`pixels [3, 32, 32]`; `?` where only the files show it."""
        numbers = "numbers" if self.steps and of not in self.beside.values() else "pixels"
        noun = {"events": "events", "spike": "spikes", "real": numbers}[of.kind]
        return f"{noun} [{', '.join('?' if n is None else str(n) for n in of.shape) or '?'}]"


@record
class Lasting:
    """How long data may last; where none lasts so long, their time stamps are in another unit.

    Attributes:
        least: The shortest time in seconds.
        most: The longest.
        key: The key of the data set that changes these.
    """

    least: float
    most: float
    key: str


@record
class ImageInput:
    """Images of a camera beside the events.

    Attributes:
        name: The name of the input.
        camera: The number of the camera, 0 or 1.
        longest: How old an image may be at the end of a time step, in seconds.
    """

    name: str
    camera: int
    longest: float


@record
class EventInput:
    """How the events of a recording or a stream become the network's inputs.

    Attributes:
        cameras: The number of cameras; each has an input.
        encoding: The name of the encoding.
        parameters: The parameters of the encoding.
        steps: Time steps of a sample.
        by: What all time steps have equally much of: time, or events.
        duration: The time of `parts` steps in seconds; None if it follows from each recording.
        parts: The steps that `duration` is divided into.
        size: Height and width to which the sensor's pixels are joined; None for the sensor's.
        sensor: Height and width of the sensor; None if the files tell it.
        rows: How many of the upper rows an input has; None for all.
        rectified: The events are moved to the pixels of the rectified view, where a recording has maps for that.
        images: The images that come beside the events; none for events alone.
    """

    cameras: int
    encoding: str
    parameters: Mapping[str, Any]
    steps: int
    by: Literal["time", "count"] = "time"
    duration: float | None = None
    parts: int = 1
    size: tuple[int, int] | None = None
    sensor: tuple[int, int] | None = None
    rows: int | None = None
    rectified: bool = False
    images: tuple[ImageInput, ...] = ()
