"""The records of `dataset`, and the registry of sources."""

from dataclasses import dataclass
from typing import Literal

from spikegraph.dsl.schema.augmentations import AUGMENT, Shape
from spikegraph.dsl.schema.dsec_splits import DSEC_TEST, DSEC_TRAIN, DSEC_VALIDATION, SEMANTIC_TEST, SEMANTIC_TRAIN
from spikegraph.dsl.schema.encodings import EVENT_ENCODING, IMAGE_ENCODING
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.names import Choice, FreeName, PathBelow
from spikegraph.dsl.schema.record import key, record
from spikegraph.dsl.schema.scalars import Duration, Flag, Optional, Real, Whole
from spikegraph.dsl.source import Span
from spikegraph.dsl.values import CallValue
from spikegraph.registry import Registry

SEQUENCES = ListOf(FreeName(), least=1, distinct=True)
"""The type of lists of sequences."""


def _text(names: tuple[str, ...]) -> str:
    """A list in the language."""
    return f"[{', '.join(names)}]"


@dataclass(frozen=True)
class Source:
    """Where the samples of a data set come from.

    Attributes:
        record: The record of its declarations.
        built_in: For data that need no folder: what they are, for a notice.
        shape: Channels, height and width of a sample before augmentation; None where only the files show it.
            Of events height and width are the sensor's.
        sizes_differ: The images differ in height and width.
        classes: Number of classes; None if only the files show it.
        truth: Of maps the kind of truth: `labels` [H, W], `flow` [2, H, W], or that of a plug-in's losses and scores.
        views: Of maps the names of the inputs.
        events: True for samples with time steps, such as events; false for pixels, which have none.
            Records with an encoding tell it themselves.
        steps: Number of time steps of a sample, where it is always the same; records with `steps` tell it themselves.
    """

    record: "type[StereoDataset | ClassDataset | MapDataset]"
    built_in: str | None = None
    shape: Shape = (None, None, None)
    sizes_differ: bool = False
    classes: int | None = None
    truth: str = "labels"
    views: tuple[str, ...] = ("image",)
    events: bool = False
    steps: int | None = None


LARGEST_SENSOR = 16_384
"""Most pixels of a side of a sensor."""

_SIZE = ListOf(Whole(1, LARGEST_SENSOR), 2, 2)

PYTHON, PYTHON_STEPS, PYTHON_EVENTS = "python", "python_steps", "python_events"
"""The sources whose samples are given in Python: images, samples with time steps, and events to be encoded."""

GIVEN = (PYTHON, PYTHON_STEPS, PYTHON_EVENTS)

SOURCES: Registry[Source] = Registry("data set", "spikegraph.datasets")
"""All sources by name; the reader of each source of images is registered with `spikegraph.data.registries.READERS`."""


@record
class Dataset:
    """`dataset NAME { ... }`: what all data sets have."""

    name: str
    source: str = key(Choice(SOURCES), None, "where samples come from; by default the data set's own name, if that is a source")
    augment: tuple[CallValue, ...] = key(AUGMENT, "[]", "augmentations of training samples, in order")
    folder: str | None = key(
        Optional(PathBelow()), "none", "the folder of the data, relative to the spec's; `--data DIR` takes its place"
    )
    span: Span


@record
class Recordings(Dataset):
    """What a data set of recordings in MVSEC's layout has in addition: which they are, and their split."""

    sequence: str = key(FreeName(), "indoor_flying", "name of the recordings, without their number")
    split: int = key(Whole(1, 3), "1", "which recordings are for training and which for the test")


@record
class StereoDataset(Dataset):
    """Events of two cameras with the true disparity."""

    stack: float = key(Duration(), "50ms", "duration of one time step, whose events form one stack")
    frames: int = key(Whole(1, 256), "5", "channels of one stack")
    steps: int = key(Whole(1, 4096), "6", "labelled stacks of a sample")
    burn_in: int = key(Whole(0, 4096), "2", "stacks before the labelled ones, which only build up membrane potentials")
    stride: int = key(
        Whole(1, 4096), None, "labelled stacks from the start of one sample to the start of the next", same_as="steps"
    )


@record
class MvsecDataset(StereoDataset, Recordings):
    """Recordings in MVSEC's layout."""

    truth: Literal["raw", "quantised"] = key(
        Choice(("raw", "quantised")), "raw", "disparity as measured, or in steps of 1/7 pixel as published"
    )
    truth_mask: Literal["all", "last_15000_events"] = key(
        Choice(("all", "last_15000_events")), "all", "pixels whose disparity counts"
    )
    focal_baseline: float = key(
        Real(0, open_low=True), "19.941772", "focal length x baseline, in pixel metres: depth = this / disparity"
    )


@record
class DsecDataset(StereoDataset):
    """Sequences of DSEC, as lists. The truth of its official test sequences isn't public."""

    train: tuple[str, ...] = key(SEQUENCES, _text(DSEC_TRAIN), "sequences for training")
    validation: tuple[str, ...] = key(SEQUENCES, _text(DSEC_VALIDATION), "sequences for validation")
    test: tuple[str, ...] = key(SEQUENCES, _text(DSEC_TEST), "sequences for the test")
    every: int = key(
        Whole(1, 4096), "10", "every how many of the true disparities one counts in validation and test; 10 is one per second"
    )


@record
class ClassDataset(Dataset):
    """Samples with class labels."""


@record
class ImageDataset(ClassDataset):
    """Images with class labels."""

    encoding: CallValue = key(IMAGE_ENCODING, "direct", "what the network gets of an image")


@record
class EventDataset(ClassDataset):
    """Recordings of events with class labels."""

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


@record
class Parted(Dataset):
    """How the test set is drawn, where the folder has none."""

    test: float = key(
        Real(0, 1, open_low=True, open_high=True), "0.2", "share of each class for the test, where the folder has no parts"
    )
    split_seed: int = key(Whole(0, 2**32 - 1), "0", "seed with which the test samples are drawn")


@record
class OwnImages(Parted, ImageDataset):
    """Images of one's own, in folders that are called like their classes, or with a list of labels; what arrays have too."""


@record
class OwnEvents(Parted, EventDataset):
    """Event recordings of one's own, in folders that are called like their classes, or with a list of labels."""


@record
class ArrayFiles(Parted):
    """Which arrays have the samples."""

    folder: str | None = key(
        Optional(PathBelow()), '"."', "the folder of the files, relative to the spec's; `--data DIR` takes its place"
    )
    file: str | None = key(Optional(PathBelow()), "none", "a .npz or HDF5 file with the arrays; `none` for .npy files")
    inputs: str = key(FreeName(), "images", "name of the array with the inputs; without `file` that of a .npy file")
    targets: str = key(
        FreeName(), "labels", "likewise of the truths: classes as whole numbers or texts, or a truth for each pixel"
    )
    test_inputs: str | None = key(Optional(FreeName()), "none", "likewise of the test inputs; without them they are drawn")
    test_targets: str | None = key(Optional(FreeName()), "none", "likewise of their truths")


@record
class OwnArrays(ArrayFiles, ImageDataset):
    """Images of one's own in arrays."""

    channels: Literal["last", "first"] = key(
        Choice(("last", "first")), "last", "place of the channels: [N, H, W, C] or [N, C, H, W]"
    )


@record
class MapDataset(Dataset):
    """Samples with a truth for each pixel, such as label maps or optical flow; plug-ins add sources."""


@record
class OwnMaps(ArrayFiles, MapDataset):
    """Arrays with a truth for each pixel."""

    truth: Literal["labels", "flow"] = key(
        Choice(("labels", "flow")),
        "labels",
        "kind of truth: labels [N, H, W], or optical flow [N, 2, H, W] to the right and down",
    )
    time_steps: bool = key(Flag(), "false", "whether the inputs have time steps: [N, T, C, H, W] instead of [N, C, H, W]")


@record
class DsecSemanticDataset(MapDataset):
    """Sequences of DSEC-Semantic: events of the left camera before each label map."""

    stack: float = key(Duration(), "50ms", "duration of one time step, whose events form one stack")
    frames: int = key(Whole(1, 256), "5", "channels of one stack")
    steps: int = key(Whole(1, 4096), "4", "time steps of a sample; the last one ends at the time of its label map")
    train: tuple[str, ...] = key(SEQUENCES, _text(SEMANTIC_TRAIN), "sequences with label maps for training")
    test: tuple[str, ...] = key(SEQUENCES, _text(SEMANTIC_TEST), "sequences with label maps for the test")
    every: int = key(Whole(1, 4096), "2", "every how many of the label maps one is a sample")


_SCENES = "with the built-in moving scenes of real images and simulated events"

SOURCES.fill(
    {
        "mvsec": Source(MvsecDataset),
        "sample": Source(
            MvsecDataset, "with the built-in recording of real images and simulated events", shape=(None, 260, 346)
        ),
        "dsec": Source(DsecDataset, shape=(None, 480, 640)),
        "dsec_semantic": Source(DsecSemanticDataset, shape=(None, 440, 640), classes=11, views=("events",), events=True),
        "cifar10": Source(ImageDataset, shape=(3, 32, 32), classes=10),
        "cifar100": Source(ImageDataset, shape=(3, 32, 32), classes=100),
        "imagenet": Source(ImageDataset, shape=(3, None, None), sizes_differ=True),
        "images": Source(OwnImages, shape=(3, None, None)),
        "arrays": Source(OwnArrays),
        "maps": Source(OwnMaps),
        PYTHON: Source(ImageDataset),
        PYTHON_STEPS: Source(ClassDataset, events=True),
        PYTHON_EVENTS: Source(EventDataset),
        "events": Source(OwnEvents),
        "events_small": Source(
            EventDataset, "with the small Fashion-MNIST moved before a simulated event camera", shape=(None, 34, 34), classes=10
        ),
        "n_mnist": Source(EventDataset, shape=(None, 34, 34), classes=10),
        "n_caltech101": Source(OwnEvents, shape=(None, 180, 240), classes=101),
        "n_cars": Source(EventDataset, shape=(None, 100, 120), classes=2),
        "dvs_gesture": Source(EventDataset, shape=(None, 128, 128), classes=11),
        "cifar10_dvs": Source(OwnEvents, shape=(None, 128, 128), classes=10),
        "shd": Source(EventDataset, shape=(None, 1, 700), classes=20),
        "fashion_mnist": Source(ImageDataset, shape=(1, 28, 28), classes=10),
        "mnist": Source(ImageDataset, shape=(1, 28, 28), classes=10),
        "fashion_mnist_small": Source(
            ImageDataset, "with the small Fashion-MNIST that comes with the package", shape=(1, 28, 28), classes=10
        ),
        "segments_small": Source(MapDataset, _SCENES, shape=(4, 64, 64), classes=5, views=("events",), events=True, steps=5),
        "flow_small": Source(MapDataset, _SCENES, shape=(4, 64, 64), truth="flow", views=("events",), events=True, steps=5),
    }
)
