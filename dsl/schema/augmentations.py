"""Augmentations of the training samples, in the order in which they are applied."""

from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.scalars import Real, Whole

_PROBABILITY = Real(0, 1)

AUGMENTATIONS = vocabulary(
    Signature(
        "resize",
        (Key("size", Whole(1), None, "length of the shorter side, in pixels"),),
        "the whole image smaller or larger, bilinearly; done in evaluation too",
    ),
    Signature(
        "pad",
        (Key("size", ListOf(Whole(1), 2, 2), None, "height and width behind it, in pixels"),),
        "zeros around the image, as many on each side; done in evaluation too",
    ),
    Signature(
        "repeat",
        (Key("channels", Whole(1), None, "how many channels there are behind it"),),
        "the channel of a grey image repeated; done in evaluation too",
    ),
    Signature(
        "random_crop",
        (
            Key("size", ListOf(Whole(1), 2, 2), None, "height and width of the crop, in pixels"),
            Key("padding", Whole(0), "0", "zeros added at each side before"),
            Key("probability", _PROBABILITY, "1", "how often it is done"),
        ),
        "a crop at a random place, the same for both views and their ground truth; in evaluation of images, that at the centre",
    ),
    Signature(
        "horizontal_flip",
        (Key("probability", _PROBABILITY, "0.5", "how often it is done"),),
        "left and right exchanged",
    ),
    Signature("cutout", (Key("size", Whole(1), None, "side of the square, in pixels"),), "a square set to 0"),
    Signature(
        "normalise",
        (
            Key("mean", ListOf(Real(), 1), None, "mean of each channel"),
            Key("std", ListOf(Real(0, open_low=True), 1), None, "standard deviation of each channel"),
        ),
        "each channel less its mean, over its standard deviation; done in evaluation too",
    ),
)

AUGMENT = ListOf(CallOf("an augmentation", AUGMENTATIONS))
