"""The records of data sets with class labels."""

from collections.abc import Collection, Iterator
from typing import ClassVar, Literal

from typing_extensions import override

from spikegraph.dsl.schema.arrays import ArrayFiles
from spikegraph.dsl.schema.augmentations import Shape
from spikegraph.dsl.schema.dataset import PYTHON_EVENTS, PYTHON_STEPS, Dataset, Parted, Tasked
from spikegraph.dsl.schema.encodings import EVENT_ENCODING, EVENT_ENCODINGS, IMAGE_ENCODING, IMAGE_ENCODINGS, STEPS, ValueKind
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.names import Choice, FreeName
from spikegraph.dsl.schema.record import key, record
from spikegraph.dsl.schema.sample_type import EventInput, Lasting
from spikegraph.dsl.schema.scalars import Duration, Flag, Optional, Whole
from spikegraph.dsl.schema.task_names import TaskNames
from spikegraph.dsl.values import CallValue

LARGEST_SENSOR = 16_384
"""Most pixels of a side of a sensor."""

SHORTEST_S, LONGEST_S = 0.01, 600.0
"""How long recordings may last in seconds, if a data set doesn't say how much of them is used."""

SENSOR_HELP = "write its height and width in the data set, such as `sensor = [260, 346]`"

_SIZE = ListOf(Whole(1, LARGEST_SENSOR), 2, 2)


@record
class ImageDataset(Dataset):
    """Images with class labels."""

    encoding: CallValue = key(IMAGE_ENCODING, "direct", "what the network gets of an image")

    @property
    @override
    def pixels(self) -> str:
        return "last"

    @property
    @override
    def image_encoding(self) -> CallValue:
        return self.encoding

    @property
    @override
    def timed(self) -> bool:
        return False

    @override
    def form(self) -> tuple[ValueKind, bool]:
        encoding = IMAGE_ENCODINGS[self.encoding.name]
        return encoding.kind, encoding.steps

    @override
    def result_steps(self) -> int | None:
        named, axis = self.encoding.named, IMAGE_ENCODINGS[self.encoding.name].axis
        if axis is not None:
            shape = self.augmented(self.shape())
            return shape[axis] if shape else None
        return STEPS.of(named) if self.form()[1] and STEPS.name in named else None

    @override
    def encoded(self, shape: Shape) -> tuple[int | None, ...]:
        axis = IMAGE_ENCODINGS[self.encoding.name].axis
        return shape if axis is None else (*shape[:axis], *shape[axis + 1 :])


@record
class EventDataset(Dataset):
    """Recordings of events with class labels."""

    usual_views: ClassVar[tuple[str, ...]] = ("events",)

    encoding: CallValue = key(EVENT_ENCODING, "counts", "what the network gets of a time step's events")
    steps: int = key(Whole(1, 4096), "8", "time steps of a sample")
    slices: Literal["time", "count"] = key(
        Choice(("time", "count")), "time", "what all time steps have equally much of: the recording's time, or its events"
    )
    duration: float | None = key(
        Optional(Duration()), "none", "time from the first event that is used, as long for each recording; `none` for all"
    )
    size: tuple[int, ...] | None = key(
        Optional(_SIZE), "none", "height and width to which the sensor's pixels are joined; `none` for the sensor's"
    )
    sensor: tuple[int, ...] | None = key(
        Optional(_SIZE), "none", "height and width of the sensor, where neither source nor files tell them"
    )
    cache: Literal["disk", "none"] = key(
        Choice(("disk", "none")), "disk", "where encoded samples are kept: in the user's cache folder, or nowhere"
    )

    @override
    def shape(self) -> Shape:
        channels = EVENT_ENCODINGS[self.encoding.name].channels(**self.encoding.named)
        height, width = self.size or self.sensor or self.origin.shape[1:]
        return channels, height, width

    @override
    def form(self) -> tuple[ValueKind, bool]:
        return EVENT_ENCODINGS[self.encoding.name].kind, True

    @override
    def result_steps(self) -> int | None:
        return self.steps

    @override
    def events(self) -> EventInput:
        call, by = self.encoding, self.slices
        size, sensor = _pair(self.size), _pair(self.sensor or self.origin.shape[1:])
        return EventInput(1, call.name, call.named, self.steps, by, self.duration, self.steps, size, sensor)

    @override
    def lasting(self) -> Lasting:
        least, most = (SHORTEST_S, LONGEST_S) if self.duration is None else (self.duration / 100, float("inf"))
        return Lasting(least, most, "duration")

    @override
    def unreadable(self) -> Iterator[tuple[str, str]]:
        if self.source == PYTHON_EVENTS and self.sensor is None:
            yield "events that are given in Python don't tell the size of their sensor", SENSOR_HELP
        height, width = self.sensor or self.origin.shape[1:]
        if self.size is None or height is None or width is None:
            return
        if self.size[0] > height or self.size[1] > width:
            to = f"{self.size[0]} x {self.size[1]}"
            summary = f"the sensor has {height} x {width} pixels, fewer than the {to} to which they are joined"
            yield summary, "write a smaller `size` in the data set"


@record
class GivenImages(Tasked, ImageDataset):
    """Images that are given in Python."""

    @property
    @override
    def for_steps(self) -> str:
        return f"source = {PYTHON_STEPS}"


@record
class GivenEvents(Tasked, EventDataset):
    """Arrays of events that are given in Python."""


@record
class OwnImages(Parted, ImageDataset):
    """Images of one's own, in folders that are called like their classes, or with a list of labels; what arrays have too."""


@record
class OwnEvents(Parted, EventDataset):
    """Event recordings of one's own, in folders that are called like their classes, or with a list of labels."""


@record
class OwnArrays(ArrayFiles, ImageDataset):
    """Images, sequences or vectors of one's own in arrays, with a class or numbers each, or what a plug-in's task takes."""

    tasks: ClassVar[TaskNames] = TaskNames("class", "step_class", "numbers")

    channels: Literal["last", "first"] = key(
        Choice(("last", "first")), "last", "place of the channels: [N, H, W, C] or [N, C, H, W]"
    )
    task: str = key(
        tasks.choice,
        "class",
        "what the targets are: a class [N], a class for each time step [N, T], numbers [N] or [N, K], or what a plug-in's task "
        "takes [N, ...]",
    )
    time_steps: bool = key(Flag(), "false", "whether the inputs have time steps: [N, T, F] or [N, T, C, H, W]")
    offsets: str | None = key(
        Optional(FreeName()),
        "none",
        "name of the array [N + 1] that says where each sequence begins, where they differ in length: inputs [sum of T, F]; "
        "where the spec doesn't name `inputs` and `targets` either, `offsets` if the file has it",
    )
    test_offsets: str | None = key(Optional(FreeName()), "none", "likewise of the test inputs")

    @property
    @override
    def task_name(self) -> str:
        return self.task

    @property
    @override
    def other_tasks(self) -> Collection[str]:
        return self.tasks if self.task == self.usual_task else ()

    @property
    @override
    def pixels(self) -> str:
        return self.channels

    @property
    @override
    def for_steps(self) -> str:
        return "" if self.time_steps else "time_steps = true"

    @property
    def plain_images(self) -> bool:
        """Whether they are images, or vectors, with classes."""
        return self.task == "class" and not self.time_steps

    @property
    @override
    def timed(self) -> bool:
        return self.time_steps

    @property
    @override
    def own_values(self) -> bool:
        return self.time_steps

    @override
    def form(self) -> tuple[ValueKind, bool]:
        return ("real", True) if self.time_steps else super().form()

    @override
    def result_steps(self) -> int | None:
        return None if self.time_steps else super().result_steps()

    @override
    def unreadable(self) -> Iterator[tuple[str, str]]:
        yield from super().unreadable()
        if self.time_steps and self.encoding.name != "direct":
            yield f"`{self.encoding.name}` encodes images, but these have time steps", "remove `encoding` or `time_steps`"
        if not self.time_steps and (self.offsets is not None or self.task == "step_class"):
            what = (
                "`offsets` say where sequences begin"
                if self.offsets is not None
                else "`step_class` has a class for each time step"
            )
            yield f"{what}, but the inputs have no time steps", "write `time_steps = true`"
        if not self.time_steps and self.offsets is None and self.test_offsets is not None:
            yield "`test_offsets` say where sequences begin, but the inputs have no time steps", "write `time_steps = true`"
        # Without names in the spec its file may have `offsets`.
        elif self.offsets is None and self.test_offsets is not None and self.inputs != "images" and self.targets != "labels":
            yield "`test_offsets` needs `offsets`", "name those of the inputs, or leave both out"
        some = self.offsets is not None or self.test_offsets is not None
        if some and (self.test_offsets is None) != (self.test_inputs is None):
            yield "`test_inputs` and `test_offsets` belong together", "give both, or none to have the test set drawn"


def _pair(size: tuple[int | None, ...] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    height, width = size
    return None if height is None or width is None else (height, width)
