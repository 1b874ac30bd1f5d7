"""Keys of `dataset`, by the source of its samples."""

from collections.abc import Mapping

from spikegraph.dsl.schema.augmentations import AUGMENT
from spikegraph.dsl.schema.key import Key, Schema
from spikegraph.dsl.schema.names import Choice, FreeName
from spikegraph.dsl.schema.scalars import Duration, Real, Whole

STEREO_SOURCES = ("mvsec", "sample")
IMAGE_SOURCES = ("cifar10", "cifar100", "imagenet", "fashion_mnist", "mnist", "fashion_mnist_small")
SOURCES = (*STEREO_SOURCES, *IMAGE_SOURCES)

_SOURCE = Key(
    "source", Choice(SOURCES), None, "where samples come from; by default the data set's own name, where it is one of these"
)
_AUGMENT = Key("augment", AUGMENT, "[]", "what is done to training samples, in order")

STEREO: Schema = (
    _SOURCE,
    Key("sequence", FreeName(), "indoor_flying", "name of the recordings, without their number"),
    Key("split", Whole(1, 3), "1", "which recordings train and which test"),
    Key("stack", Duration(), "50ms", "events of one time step"),
    Key("frames", Whole(1, 256), "5", "channels of one stack"),
    Key("steps", Whole(1, 4096), "6", "labelled stacks of a sample"),
    Key("burn_in", Whole(0, 4096), "2", "stacks before them, which only build up membrane potentials"),
    Key("stride", Whole(1, 4096), None, "labelled stacks from the start of one sample to that of the next", same_as="steps"),
    Key("truth", Choice(("raw", "quantised")), "raw", "disparity as measured, or in steps of 1/7 pixel as published"),
    Key("truth_mask", Choice(("all", "last_15000_events")), "all", "pixels whose disparity counts"),
    _AUGMENT,
    Key(
        "focal_baseline",
        Real(0, open_low=True),
        "19.941772",
        "focal length x baseline, in pixel metres: depth = this / disparity",
    ),
)

IMAGES: Schema = (_SOURCE, _AUGMENT)

DATASETS: Mapping[str, Schema] = {
    **dict.fromkeys(STEREO_SOURCES, STEREO),
    **dict.fromkeys(IMAGE_SOURCES, IMAGES),
}
