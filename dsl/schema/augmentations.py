"""The registry of augmentations: their parameters, what they do to the shape of an image, and the steps that do it."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY
from typing import Any

from spikegraph.base.record import record
from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.encodings import ValueKind
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.scalars import Real, Whole
from spikegraph.plugins.later import later
from spikegraph.plugins.registry import Registry

LARGEST_SIDE = 16_384
"""Pixels of the side of an image, and channels of an image."""

_SIDE = Whole(1, LARGEST_SIDE)
_PROBABILITY = Real(0, 1)

Shape = tuple[int | None, ...]
"""Channels, height and width of an image, or the axes of another input; None where only the files show it, () if they also
show how many axes there are."""


IN_PADDING = "there is no target in the padding"
BETWEEN = "between two pixels there is no target"
"""Why targets on pixels can't follow an augmentation."""


def _followed(**arguments: Any) -> str | None:
    return None


def _in_padding(padding: int = 1, **arguments: Any) -> str | None:
    return IN_PADDING if padding else None


def _between(**arguments: Any) -> str | None:
    return BETWEEN


def unknown(shape: Shape, **arguments: Any) -> Shape:
    """The shape after an augmentation that doesn't say what it does to it."""
    return None, None, None


def _same(shape: Shape, **arguments: Any) -> Shape:
    return shape


def _resized(shape: Shape, size: int) -> Shape:
    channels, height, width = shape
    if height is None or width is None:
        return channels, None, None
    shorter = min(height, width)
    return channels, round(height * size / shorter), round(width * size / shorter)


_EACH = (
    "give `normalise` a mean and a standard deviation for each channel, such as `normalise([0.5, 0.5, 0.5], [0.2, 0.2, 0.2])`"
)


class ChannelsError(ValueError):
    """An augmentation doesn't suit the channels of images; `help` is the fix."""

    def __init__(self, summary: str, help: str) -> None:
        super().__init__(summary)
        self.help = help


def _padded(shape: Shape, size: tuple[int, int]) -> Shape:
    if any(have is not None and have > wanted for have, wanted in zip(shape[1:], size, strict=True)):
        raise ValueError(f"`pad` can't make images of {_size(shape)} smaller, to {size[0]} x {size[1]}")
    return shape[0], *size


def _repeated(shape: Shape, channels: int) -> Shape:
    if shape[0] not in (None, 1):
        raise ChannelsError(f"`repeat` needs grey images, but these have {shape[0]} channels", "remove `repeat` from `augment`")
    return channels, *shape[1:]


def _grey(shape: Shape) -> Shape:
    if shape[0] not in (None, 1, 3):
        raise ChannelsError(
            f"`grey` needs images with 1 or 3 channels, but these have {shape[0]}", "remove `grey` from `augment`"
        )
    return 1, *shape[1:]


def _cropped(shape: Shape, size: tuple[int, int], padding: int = 0, probability: float = 1.0) -> Shape:
    if any(have is not None and have < wanted for have, wanted in zip(shape[1:], size, strict=True)):
        raise ValueError(f"`random_crop` can't cut {size[0]} x {size[1]} out of images of {_size(shape)}")
    if probability < 1 and shape[1:] != tuple(size):
        raise ValueError("`random_crop` with a probability below 1 gives images of different sizes, which can't share a batch")
    return shape[0], *size


def _normalised(shape: Shape, mean: tuple[float, ...], std: tuple[float, ...]) -> Shape:
    if len(mean) != len(std):
        raise ChannelsError(f"`normalise` has {len(mean)} means but {len(std)} standard deviations", _EACH)
    if shape[0] not in (None, len(mean)):
        raise ChannelsError(f"`normalise` has {len(mean)} means, but the images have {shape[0]} channels", _EACH)
    return len(mean), *shape[1:]


def _size(shape: Shape) -> str:
    return f"{shape[1]} x {shape[2]}"


@record
class Augmentation(Signature):
    """An augmentation.

    Attributes:
        step: Makes the step (`spikegraph.data.steps.Step`): called with the parameters by name.
        reshape: The shape of an image after it, called with the shape before it and the parameters by name. Raises ValueError,
            with a message for the user, if it doesn't suit images of this shape.
        kind: The kind of the values that it gives; None if those of spikes and events stay 0, 1 and -1.
        mixes: It mixes samples (`spikegraph.data.steps.PairStep`), whose inputs may have any axes.
        lost: Why a target on pixels can't follow it, called with the parameters by name; None if it can.
        mirrors: It exchanges left and right, which not all targets on pixels can.
    """

    _: KW_ONLY
    step: Callable[..., Any]
    reshape: Callable[..., Shape] = unknown
    kind: ValueKind | None = "real"
    mixes: bool = False
    lost: Callable[..., str | None] = _followed
    mirrors: bool = False


def reshaped(shape: Shape, name: str, arguments: Mapping[str, Any]) -> Shape:
    """The shape of an image [C, H, W] after an augmentation.

    Raises:
        ValueError: The augmentation doesn't suit images of this shape.
    """
    if AUGMENTATIONS[name].mixes:
        return shape
    if len(shape) not in (0, 3):
        raise ValueError(f"`{name}` is for images [C, H, W], but these samples have {len(shape)} axes")
    return AUGMENTATIONS[name].reshape(shape or (None, None, None), **arguments)


_STEPS = "spikegraph.data.steps"

_BUILT_IN = vocabulary(
    Augmentation(
        "resize",
        (Key("size", _SIDE, None, "length of the shorter side, in pixels"),),
        "resizes the whole image, bilinearly; in evaluation too",
        step=later(f"{_STEPS}:Shrink"),
        reshape=_resized,
        lost=_between,
    ),
    Augmentation(
        "pad",
        (Key("size", ListOf(_SIDE, 2, 2), None, "height and width of the result, in pixels"),),
        "adds zeros around the image, equally on opposite sides; in evaluation too",
        step=later(f"{_STEPS}:Pad"),
        reshape=_padded,
        kind=None,
        lost=_in_padding,
    ),
    Augmentation(
        "repeat",
        (Key("channels", _SIDE, None, "channels of the result"),),
        "repeats the channel of a grey image; in evaluation too",
        step=later(f"{_STEPS}:Repeat"),
        reshape=_repeated,
        kind=None,
    ),
    Augmentation(
        "grey",
        (),
        "makes one channel of red, green and blue, by their brightness: 0.299, 0.587 and 0.114; in evaluation too",
        step=later(f"{_STEPS}:Grey"),
        reshape=_grey,
    ),
    Augmentation(
        "random_crop",
        (
            Key("size", ListOf(_SIDE, 2, 2), None, "height and width of the crop, in pixels"),
            Key("padding", Whole(0, LARGEST_SIDE), "0", "zeros added at each side before cropping"),
            Key("probability", _PROBABILITY, "1", "probability of applying it"),
        ),
        "crops at a random place, the same for both views and their ground truth; at the centre when images are evaluated",
        step=later(f"{_STEPS}:Crop"),
        reshape=_cropped,
        kind=None,
        lost=_in_padding,
    ),
    Augmentation(
        "horizontal_flip",
        (Key("probability", _PROBABILITY, "0.5", "probability of applying it"),),
        "mirrors left and right",
        step=later(f"{_STEPS}:Flip"),
        reshape=_same,
        kind=None,
        mirrors=True,
    ),
    Augmentation(
        "cutout",
        (Key("size", _SIDE, None, "side of the square, in pixels"),),
        "sets a random square to 0",
        step=later(f"{_STEPS}:Cutout"),
        reshape=_same,
        kind=None,
    ),
    Augmentation(
        "normalise",
        (
            Key("mean", ListOf(Real(), 1), None, "mean of each channel"),
            Key("std", ListOf(Real(0, open_low=True), 1), None, "standard deviation of each channel"),
        ),
        "subtracts the mean of each channel and divides by its standard deviation; in evaluation too",
        step=later(f"{_STEPS}:Normalise"),
        reshape=_normalised,
    ),
    Augmentation(
        "mixup",
        (Key("alpha", Real(0, open_low=True), "0.2", "both parameters of the beta distribution of the shares"),),
        "mixes two samples and their targets, classes or numbers, by a random share",
        step=later(f"{_STEPS}:Mixup"),
        reshape=_same,
        mixes=True,
    ),
)

AUGMENTATIONS: Registry[Augmentation] = Registry("augmentation", "spikegraph.augmentations", _BUILT_IN, kind=Augmentation)
"""All augmentations by name."""

AUGMENT = ListOf(CallOf("an augmentation", AUGMENTATIONS))
