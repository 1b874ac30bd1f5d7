"""The registries of encodings: their parameters, the channels and kind of what they make, and the functions that make it."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import Any, Literal

from spikegraph.base.record import record
from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.scalars import Duration, Real, Whole
from spikegraph.plugins.later import later
from spikegraph.plugins.registry import Registry

ValueKind = Literal["events", "real", "spike"]
"""The kind of an encoded value: a polarity, a number, or a spike."""


def unknown_channels(**parameters: Any) -> int | None:
    """The channels of an encoding that doesn't say how many it makes."""
    return None


def _two(**parameters: Any) -> int | None:
    return 2


def _frames(frames: int) -> int | None:
    return frames


def _bins(bins: int) -> int | None:
    return bins


@record
class EventEncoding(Signature):
    """An encoding of events.

    Attributes:
        encode: Makes the values [T, C, H, W], of any number type, of a sample: called with its placed events, the number of
            steps T, height and width, and the parameters by name.
        channels: The channels of its results; called with the parameters by name.
        kind: The kind of its values.
        paired: The first half of the channels tells where the light increased, the second half where it decreased.
        remembers: A time step also shows the last event of each pixel before it, as far as the sample goes.
    """

    _: KW_ONLY
    encode: Callable[..., Any]
    channels: Callable[..., int | None] = unknown_channels
    kind: ValueKind = "real"
    paired: bool = False
    remembers: bool = False


@record
class ImageEncoding(Signature):
    """An encoding of images.

    Attributes:
        encode: Makes the input, float32 [T, C, H, W], or [C, H, W] without time steps, or without `axis`, of an image,
            float32 [C, H, W]: called with it, a source of random numbers, and the parameters by name. None to take the image
            itself.
        kind: The kind of its values.
        steps: Whether its results have time steps.
        axis: The axis of an image [C, H, W] whose pixels become the time steps; None if each time step has all pixels.
    """

    _: KW_ONLY
    encode: Callable[..., Any] | None
    kind: ValueKind = "spike"
    steps: bool = True
    axis: int | None = None


_FRAMES = (Key("frames", Whole(1, 256), "1", "frames of a time step, each a channel"),)

_EVENTS, _IMAGES = "spikegraph.data.events.encodings", "spikegraph.data.image_encodings"

EVENT_ENCODINGS: Registry[EventEncoding] = Registry(
    "encoding of events",
    "spikegraph.encodings",
    vocabulary(
        EventEncoding(
            "counts",
            (),
            "number of events where the light increased, and where it decreased",
            encode=later(f"{_EVENTS}:counts"),
            channels=_two,
            paired=True,
        ),
        EventEncoding(
            "sbt",
            _FRAMES,
            "sign of the sum of the polarities, for each frame of a step",
            encode=later(f"{_EVENTS}:sbt"),
            channels=_frames,
            kind="events",
        ),
        EventEncoding(
            "raw", _FRAMES, "sum of the polarities, for each frame of a step", encode=later(f"{_EVENTS}:raw"), channels=_frames
        ),
        EventEncoding(
            "voxel_grid",
            (Key("bins", Whole(1, 256), "5", "bins of a time step, each a channel"),),
            "polarities shared linearly between the two nearest bins of a step",
            encode=later(f"{_EVENTS}:voxel_grid"),
            channels=_bins,
        ),
        EventEncoding(
            "time_surface",
            (Key("tau", Duration(), "50ms", "time after which an event counts 1/e"),),
            "how recent the last event is at the end of a step, where the light increased, and where it decreased",
            encode=later(f"{_EVENTS}:time_surface"),
            channels=_two,
            paired=True,
            remembers=True,
        ),
    ),
    kind=EventEncoding,
)
"""All encodings of events by name."""

STEPS = Key("steps", Whole(1, 4096), None, "time steps")

IMAGE_ENCODINGS: Registry[ImageEncoding] = Registry(
    "encoding of images",
    "spikegraph.encodings",
    vocabulary(
        ImageEncoding(
            "direct",
            (),
            "the pixels themselves, the same at each step of the network's `time`",
            encode=None,
            kind="real",
            steps=False,
        ),
        ImageEncoding(
            "rate",
            (STEPS, Key("gain", Real(0, open_low=True), "1", "factor of the pixels")),
            "spikes at random, with a probability of the pixel's value at each step",
            encode=later(f"{_IMAGES}:rate"),
        ),
        ImageEncoding(
            "latency",
            (STEPS, Key("least", Real(0, 1), "0.01", "smallest value of a pixel that spikes")),
            "one spike of each pixel, the earlier the brighter it is",
            encode=later(f"{_IMAGES}:latency"),
        ),
        ImageEncoding(
            "rows",
            (),
            "one row of pixels at each time step, from the top",
            encode=later(f"{_IMAGES}:rows"),
            kind="real",
            axis=1,
        ),
        ImageEncoding(
            "columns",
            (),
            "one column of pixels at each time step, from the left",
            encode=later(f"{_IMAGES}:columns"),
            kind="real",
            axis=2,
        ),
    ),
    kind=ImageEncoding,
)
"""All encodings of images by name."""

EVENT_ENCODING = CallOf("an encoding of events", EVENT_ENCODINGS)
IMAGE_ENCODING = CallOf("an encoding of images", IMAGE_ENCODINGS)
