"""What a data set gives the network: the type of its samples, as far as the spec shows it."""

from dataclasses import dataclass

from spikegraph.dsl.schema.augmentations import Shape, reshaped
from spikegraph.dsl.schema.dataset import (
    SOURCES,
    ClassDataset,
    Dataset,
    DsecSemanticDataset,
    EventDataset,
    ImageDataset,
    MapDataset,
    OwnMaps,
    StereoDataset,
)
from spikegraph.dsl.schema.encodings import EVENT_ENCODINGS, IMAGE_ENCODINGS, EventEncoding, ImageEncoding, ValueKind
from spikegraph.dsl.source import Span


class AugmentError(ValueError):
    """An augmentation doesn't suit the images before it; `span` is its place."""

    def __init__(self, summary: str, span: Span) -> None:
        super().__init__(summary)
        self.span = span


@dataclass(frozen=True)
class SampleType:
    """The type of a data set's samples.

    Attributes:
        views: The names of the inputs that it has values for; a single one suits an input of any name.
        kind: What a value is: the polarity of events, a number, or a spike.
        steps: Whether each time step has values of its own.
        shape: Channels, height and width of a value at one time step; None where only the files show it.
        classes: Number of classes; None if only the files show it, 0 if the truth has none.
        truth: The kind of truth, as the forms of losses name it.
    """

    views: tuple[str, ...]
    kind: ValueKind
    steps: bool
    shape: Shape
    classes: int | None
    truth: str = "class"

    def __str__(self) -> str:
        """`pixels [3, 32, 32]`; `?` where only the files show it."""
        noun = {"events": "events", "spike": "spikes", "real": "numbers" if self.steps else "pixels"}[self.kind]
        return f"{noun} [{', '.join('?' if n is None else str(n) for n in self.shape)}]"


def truth_of(dataset: Dataset) -> str | None:
    """The kind of truth of a declaration's samples; None if its source doesn't tell."""
    if isinstance(dataset, MapDataset):
        return dataset.truth if isinstance(dataset, OwnMaps) else SOURCES[dataset.source].truth
    return "disparity" if isinstance(dataset, StereoDataset) else "class" if isinstance(dataset, ClassDataset) else None


def sample_type(dataset: Dataset) -> SampleType | None:
    """The type of the samples of a declaration; None if its source doesn't tell.

    Raises:
        AugmentError: An augmentation doesn't suit the images before it.
    """
    source = SOURCES[dataset.source]
    if isinstance(dataset, StereoDataset):
        return SampleType(("left", "right"), "events", True, (dataset.frames, *source.shape[1:]), 0, "disparity")
    if not isinstance(dataset, ClassDataset | MapDataset):
        return None
    shape = source.shape
    if isinstance(dataset, EventDataset):
        shape = _of_events(dataset)
    elif isinstance(dataset, DsecSemanticDataset):
        shape = (dataset.frames, *source.shape[1:])
    for call in dataset.augment:
        try:
            shape = reshaped(shape, call.name, call.named)
        except ValueError as error:
            raise AugmentError(str(error), call.span) from error
    if source.sizes_differ and None in shape[1:]:
        raise AugmentError(f"the images of `{dataset.source}` differ in size, but those of a batch must not", dataset.span)
    if isinstance(dataset, MapDataset):
        own = isinstance(dataset, OwnMaps)
        truth, steps = (dataset.truth, dataset.time_steps) if own else (source.truth, source.events)
        classes = source.classes if truth == "labels" else 0
        return SampleType(source.views, "events" if steps else "real", steps, shape, classes, truth)
    view = "events" if isinstance(dataset, EventDataset) else "image"
    return SampleType((view,), *form_of(dataset), shape, source.classes)


def form_of(dataset: ClassDataset) -> tuple[ValueKind, bool]:
    """The kind of the values that an encoding makes, and whether they have time steps."""
    if isinstance(dataset, EventDataset):
        encoding = EVENT_ENCODINGS[dataset.encoding.name]
        return encoding.kind if isinstance(encoding, EventEncoding) else "real", True
    if isinstance(dataset, ImageDataset):
        encoding = IMAGE_ENCODINGS[dataset.encoding.name]
        return (encoding.kind, encoding.steps) if isinstance(encoding, ImageEncoding) else ("real", False)
    return "real", SOURCES[dataset.source].events


def inference_steps(dataset: Dataset) -> int | None:
    """The number of time steps that a network takes for one result; None if only the data or the network tell it.

    Of stereo recordings it is 1: each stack has a result of its own, and the network keeps its state from stack to stack.
    Of all others it is that of a sample, which has one result. Images without an encoding as spikes have no time steps.
    """
    if isinstance(dataset, StereoDataset):
        return 1
    if isinstance(dataset, ImageDataset):
        steps = dataset.encoding.named.get("steps") if form_of(dataset)[1] else None
    else:
        steps = getattr(dataset, "steps", SOURCES[dataset.source].steps)
    return steps if isinstance(steps, int) else None


def _of_events(dataset: EventDataset) -> Shape:
    """The shape of a time step, before augmentation."""
    encoding = EVENT_ENCODINGS[dataset.encoding.name]
    channels = encoding.channels(**dataset.encoding.named) if isinstance(encoding, EventEncoding) else None
    height, width = dataset.size or dataset.sensor or SOURCES[dataset.source].shape[1:]
    return channels, height, width
