"""`dataset`: what all data sets have, and the registry of sources."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import KW_ONLY, replace
from typing import Any, ClassVar

from typing_extensions import override

from spikegraph.dsl.schema.augmentations import AUGMENT, AUGMENTATIONS, Shape, reshaped
from spikegraph.dsl.schema.encodings import IMAGE_ENCODINGS, ValueKind
from spikegraph.dsl.schema.names import Choice, FreeName, PathBelow
from spikegraph.dsl.schema.record import key, record
from spikegraph.dsl.schema.sample_type import KINDS, AugmentError, EventInput, InputType, Lasting, SampleType
from spikegraph.dsl.schema.scalars import Optional, Real, Whole
from spikegraph.dsl.source import Span
from spikegraph.dsl.values import CallValue
from spikegraph.plugins.registry import Registry


@record
class Source:
    """Where the samples of a data set come from.

    Attributes:
        record: The record of its declarations.
        read: Reads the samples: called with the declaration and the folder of the data, which is None without `--data`, it
            returns `spikegraph.data.source.Read`. Raises DataError if they are missing.
        built_in: For data that need no folder: what they are, for a notice.
        shape: Channels, height and width of a sample before augmentation; None where only the files show it, and empty where
            they may also be vectors.
            Of events height and width are the sensor's.
        sizes_differ: The images differ in height and width.
        classes: Number of classes; None if only the files show it.
        task: The name of the task (`spikegraph.tasks`); None for that of the record.
        views: The names of the inputs; None for those of the record.
        events: True for samples with time steps, such as events; false for pixels, which have none.
            Records with an encoding tell it themselves.
        steps: Number of time steps of a sample, where it is always the same; records with `steps` tell it themselves.
        samples: The number of training samples, where it is the same for everybody.
        licence: The licence of the data and who gave it, where the project knows it.
    """

    record: "type[Dataset]"
    read: Callable[..., Any]
    _: KW_ONLY
    built_in: str | None = None
    shape: Shape = (None, None, None)
    sizes_differ: bool = False
    classes: int | None = None
    task: str | None = None
    views: tuple[str, ...] | None = None
    events: bool = False
    steps: int | None = None
    samples: int | None = None
    licence: str | None = None


OF_TWO_VIEWS = "disparity"
"""The task whose targets are of two views."""

PYTHON, PYTHON_STEPS, PYTHON_EVENTS = "python", "python_steps", "python_events"
"""The sources whose samples are given in Python: images, samples with time steps, and events to be encoded."""

GIVEN = (PYTHON, PYTHON_STEPS, PYTHON_EVENTS)

SOURCES: Registry[Source] = Registry(
    "data set", "spikegraph.datasets", package="spikegraph.dsl.schema.built_in_sources", kind=Source
)
"""All sources by name."""


@record
class Dataset:
    """`dataset NAME { ... }`: what all data sets have."""

    usual_task: ClassVar[str] = "class"
    usual_views: ClassVar[tuple[str, ...]] = ("image",)
    own_validation: ClassVar[bool] = False
    """Whether it has a part for validation; else a share of the training samples is held out."""
    evaluates_whole: ClassVar[bool] = False
    """Whether augmentations that cut are those of training alone: whole samples are evaluated, of whatever size."""
    drawn_test: ClassVar[bool] = False
    """Whether its test set may be drawn from the samples, so that it is another one if they change."""

    name: str
    source: str = key(Choice(SOURCES), None, "where samples come from; by default the data set's own name, if that is a source")
    augment: tuple[CallValue, ...] = key(AUGMENT, "[]", "augmentations of training samples, in order")
    folder: str | None = key(
        Optional(PathBelow()), "none", "the folder of the data, relative to the spec's; `--data DIR` takes its place"
    )
    span: Span

    @property
    def origin(self) -> Source:
        """The source."""
        return SOURCES[self.source]

    @property
    def task_name(self) -> str:
        """The name of the task, which says what the targets are."""
        return self.origin.task or self.usual_task

    @property
    def views(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return self.origin.views or self.usual_views

    @property
    def image_encoding(self) -> CallValue | None:
        """The encoding of its images; None if they aren't encoded."""
        return None

    @property
    def pixels(self) -> str:
        """Where arrays of its images have their channels, `last` or `first`; empty if its arrays have none, but [C, H, W]."""
        return ""

    def given(self) -> SampleType | None:
        """The type of the samples; None if the declaration tells nothing of it, as records of plug-ins may say.

        Raises:
            AugmentError: An augmentation doesn't suit the images before it.
        """
        shape = self.encoded(self.augmented(self.shape()))
        if self.origin.sizes_differ and None in shape[1:]:
            raise AugmentError(f"the images of `{self.source}` differ in size, but those of a batch must not", self.span)
        beside = {name: replace(of, shape=self.augmented(of.shape)) for name, of in self.beside().items()}
        possible, tasks = self.possible_inputs(), self.other_tasks
        kind, suits, step = self.kinds()
        kinds = self.views, kind, self.form()[1], shape, self.origin.classes, self.task_name
        of_images = "" if self.shape() else next((call.name for call in self.augment if not AUGMENTATIONS[call.name].mixes), "")
        rest = beside, possible, tasks, False, self.for_steps, suits, step, of_images
        return SampleType(*kinds, *rest)

    def beside(self) -> Mapping[str, InputType]:
        """The inputs of another type than `views`, by name, before augmentation."""
        return {}

    def possible_inputs(self) -> Mapping[str, str]:
        """What to write in the declaration for inputs that it could have too, by name."""
        return {}

    @property
    def own_values(self) -> bool:
        """Whether time steps have numbers of one's own, of which only the data tell the kind."""
        return self.source == PYTHON_STEPS

    @property
    def other_tasks(self) -> Collection[str]:
        """The tasks that the key `task` could name, where the declaration has the usual one."""
        return ()

    @property
    def for_steps(self) -> str:
        """What to write in the declaration if its samples have time steps; empty if that can't be said."""
        return ""

    def shape(self) -> Shape:
        """Channels, height and width of an input at one time step, before augmentation."""
        return self.origin.shape

    def augmented(self, shape: Shape) -> Shape:
        """The shape of an input after augmentation.

        Raises:
            AugmentError: An augmentation doesn't suit the images before it.
        """
        for call in self.augment:
            try:
                shape = reshaped(shape, call.name, call.named)
            except ValueError as error:
                raise AugmentError(str(error), call.span, error) from error
        return shape

    def encoded(self, shape: Shape) -> tuple[int | None, ...]:
        """The shape of an input at one time step, of samples that have this shape after augmentation."""
        return shape

    def training_samples(self) -> int | None:
        """The number of training samples, before any are held out; None if only the files tell it."""
        return self.origin.samples

    def training_steps(self) -> int | None:
        """The number of time steps of a training sample; None if only the data or the network tell it."""
        return self.result_steps()

    def form(self) -> tuple[ValueKind, bool]:
        """The kind of the inputs' values, and whether they have time steps."""
        return ("events" if self.origin.events and not self.own_values else "real"), self.origin.events

    def kinds(self) -> tuple[ValueKind, Collection[ValueKind], str]:
        """The kind of the network's inputs, those that the data may turn out to be, and the augmentation that changes the kind.

        Images are encoded behind all augmentations, which then change nothing about it.
        """
        kind, own, made_by = self.form()[0], self.own_values, ""
        encoding = self.image_encoding
        if encoding is None or IMAGE_ENCODINGS[encoding.name].encode is None:
            for call in self.augment:
                gives = AUGMENTATIONS[call.name].kind
                if gives is not None and (own or gives != kind):
                    kind, own, made_by = gives, False, call.name
        return kind, KINDS if own else (), made_by

    @property
    def timed(self) -> bool:
        """Whether samples have time steps as the data have them, before images are encoded."""
        return self.form()[1]

    def result_steps(self) -> int | None:
        """The number of time steps that a network takes for one result; None if only the data or the network tell it."""
        return getattr(self, "steps", self.origin.steps)

    def events(self) -> EventInput | None:
        """How events become the inputs; None if the samples aren't recordings of events."""
        return None

    def lasting(self) -> Lasting | None:
        """How long the data of a sample may last; None if they have no times."""
        return None

    def unreadable(self) -> Iterator[tuple[str, str]]:
        """What is wrong with the declaration whatever the files hold, and the fix."""
        return iter(())


@record
class Tasked(Dataset):
    """Samples of which the declaration says what their targets are."""

    task: str = key(FreeName(), "class", "what the targets are, such as `class` or `numbers`")

    @property
    @override
    def task_name(self) -> str:
        return self.task

    @override
    def unreadable(self) -> Iterator[tuple[str, str]]:
        yield from super().unreadable()
        if self.task == OF_TWO_VIEWS and len(self.views) < 2:
            help = "write `task = map` for numbers of each pixel, or read recordings with `source = mvsec` or `source = dsec`"
            yield "true disparities are of two views, but its samples have one input", help


@record
class Parted(Dataset):
    """How the test set is drawn, where the folder has none."""

    drawn_test: ClassVar[bool] = True

    test: float = key(
        Real(0, 1, open_low=True, open_high=True), "0.2", "share of each class for the test, where the folder has no parts"
    )
    split_seed: int = key(Whole(0, 2**32 - 1), "0", "seed with which the test samples are drawn")
