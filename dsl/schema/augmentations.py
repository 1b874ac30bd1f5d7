"""The registry of augmentations: their parameters. What they do to images is in `spikegraph.data`."""

from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.scalars import Real, Whole
from spikegraph.registry import Registry

_PROBABILITY = Real(0, 1)

_BUILT_IN = vocabulary(
    Signature(
        "resize",
        (Key("size", Whole(1), None, "length of the shorter side, in pixels"),),
        "resizes the whole image, bilinearly; in evaluation too",
    ),
    Signature(
        "pad",
        (Key("size", ListOf(Whole(1), 2, 2), None, "height and width of the result, in pixels"),),
        "adds zeros around the image, equally on opposite sides; in evaluation too",
    ),
    Signature(
        "repeat",
        (Key("channels", Whole(1), None, "channels of the result"),),
        "repeats the channel of a grey image; in evaluation too",
    ),
    Signature(
        "random_crop",
        (
            Key("size", ListOf(Whole(1), 2, 2), None, "height and width of the crop, in pixels"),
            Key("padding", Whole(0), "0", "zeros added at each side before cropping"),
            Key("probability", _PROBABILITY, "1", "probability of applying it"),
        ),
        "crops at a random place, the same for both views and their ground truth; at the centre when images are evaluated",
    ),
    Signature(
        "horizontal_flip", (Key("probability", _PROBABILITY, "0.5", "probability of applying it"),), "mirrors left and right"
    ),
    Signature("cutout", (Key("size", Whole(1), None, "side of the square, in pixels"),), "sets a random square to 0"),
    Signature(
        "normalise",
        (
            Key("mean", ListOf(Real(), 1), None, "mean of each channel"),
            Key("std", ListOf(Real(0, open_low=True), 1), None, "standard deviation of each channel"),
        ),
        "subtracts the mean of each channel and divides by its standard deviation; in evaluation too",
    ),
)

AUGMENTATIONS: Registry[Signature] = Registry("augmentation", "spikegraph.augmentations", _BUILT_IN)
"""All augmentations by name; the function of each is registered with `spikegraph.data.registries.STEPS`."""

AUGMENT = ListOf(CallOf("an augmentation", AUGMENTATIONS))
