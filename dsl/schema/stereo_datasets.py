"""The records of data sets for event stereo."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Literal

from typing_extensions import override

from spikegraph.dsl.schema.augmentations import Shape, reshaped
from spikegraph.dsl.schema.dataset import Dataset
from spikegraph.dsl.schema.dsec_splits import DSEC_TEST, DSEC_TRAIN, DSEC_VALIDATION, listed
from spikegraph.dsl.schema.encodings import ValueKind
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.names import Choice, FreeName
from spikegraph.dsl.schema.record import key, record
from spikegraph.dsl.schema.sample_type import AugmentError, EventInput, ImageInput, InputType, Lasting
from spikegraph.dsl.schema.scalars import Duration, Optional, Real, Whole

Camera = Literal["left", "right"]
CAMERAS: tuple[Camera, Camera] = ("left", "right")

FRAME = "frame"
"""The name of the input of images beside events, of one camera."""

FRAMES: Mapping[Camera, str] = {camera: f"{FRAME}_{camera}" for camera in CAMERAS}
"""The names of these inputs where both cameras have one."""

BOTH = "both"

SEQUENCES = ListOf(FreeName(), least=1, distinct=True)
"""The type of lists of sequences."""


LABELLED = {1: 1180, 2: 1420, 3: 1690}
"""How many label maps of each recording of `indoor_flying` are for training, as published."""


@record
class Recordings(Dataset):
    """What a data set of recordings in MVSEC's layout has in addition: which they are, and their split."""

    sequence: str = key(FreeName(), "indoor_flying", "name of the recordings, without their number")
    split: int = key(Whole(1, 3), "1", "which recordings are for training and which for the test")


@record
class StereoDataset(Dataset):
    """Events of two cameras with the true disparity."""

    usual_task: ClassVar[str] = "disparity"
    usual_views: ClassVar[tuple[str, ...]] = ("left", "right")
    own_validation: ClassVar[bool] = True
    evaluates_whole: ClassVar[bool] = True

    stack: float = key(Duration(), "50ms", "duration of one time step, whose events form one stack")
    frames: int = key(Whole(1, 256), "5", "channels of one stack")
    steps: int = key(Whole(1, 4096), "6", "labelled stacks of a sample")
    burn_in: int = key(Whole(0, 4096), "2", "stacks before the labelled ones, which only build up membrane potentials")
    stride: int = key(
        Whole(1, 4096), None, "labelled stacks from the start of one sample to the start of the next", same_as="steps"
    )

    @override
    def shape(self) -> Shape:
        return self.frames, *self.origin.shape[1:]

    @override
    def augmented(self, shape: Shape) -> Shape:
        changed = shape
        for call in self.augment:
            always = {name: value for name, value in call.named.items() if name != "probability"}
            try:
                changed = reshaped(changed, call.name, always)
            except ValueError as error:
                raise AugmentError(str(error), call.span, error) from error
        return shape  # it is evaluated on whole frames

    @override
    def form(self) -> tuple[ValueKind, bool]:
        return "events", True

    @override
    def result_steps(self) -> int | None:
        return 1  # each stack has a result of its own, and the network keeps its state from stack to stack

    @override
    def training_steps(self) -> int | None:
        return self.burn_in + self.steps

    @override
    def lasting(self) -> Lasting:
        return Lasting(self.stack / 100, 100 * self.stack, "stack")

    @override
    def events(self) -> EventInput:
        return stacked(self.origin.shape, 2, self.frames, self.steps, self.stack)


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
    images: Camera | Literal["both"] | None = key(
        Optional(Choice((*CAMERAS, BOTH))),
        "none",
        "camera whose images come beside the events, as the input `frame`: `real[1, 260, 346]`; `both` gives `frame_left` and "
        "`frame_right`, `none` events alone",
    )
    image_age: float = key(Duration(), "100ms", "how old an image may be at the end of the time step that gets it")

    @property
    def cameras(self) -> Mapping[str, Camera]:
        """The cameras whose images come beside the events, by the names of the inputs."""
        if self.images is None:
            return {}
        return {FRAMES[camera]: camera for camera in CAMERAS} if self.images == BOTH else {FRAME: self.images}

    @override
    def training_samples(self) -> int | None:
        if self.source != "mvsec" or self.sequence != "indoor_flying":
            return None
        labelled = [count for recording, count in LABELLED.items() if recording != self.split]
        return sum(len(range(0, count - self.steps + 1, self.stride)) for count in labelled)

    @override
    def beside(self) -> Mapping[str, InputType]:
        return dict.fromkeys(self.cameras, InputType("real", (1, *self.origin.shape[1:])))

    @override
    def events(self) -> EventInput:
        images = (ImageInput(name, CAMERAS.index(camera), self.image_age) for name, camera in self.cameras.items())
        return replace(super().events(), images=tuple(images))

    @override
    def possible_inputs(self) -> Mapping[str, str]:
        return {FRAME: "images = left", **dict.fromkeys(FRAMES.values(), f"images = {BOTH}")}


@record
class DsecDataset(StereoDataset):
    """Sequences of DSEC, as lists. The truth of its official test sequences isn't public."""

    train: tuple[str, ...] = key(SEQUENCES, listed(DSEC_TRAIN), "sequences for training")
    validation: tuple[str, ...] = key(SEQUENCES, listed(DSEC_VALIDATION), "sequences for validation")
    test: tuple[str, ...] = key(SEQUENCES, listed(DSEC_TEST), "sequences for the test")
    every: int = key(
        Whole(1, 4096), "10", "every how many of the true disparities one counts in validation and test; 10 is one per second"
    )


def stacked(shape: Shape, cameras: int, frames: int, steps: int, stack: float, rows: int | None = None) -> EventInput:
    """Stacks of rectified events: the sign of the sum of polarities in each of a stack's frames."""
    height, width = shape[1:]
    sensor = None if height is None or width is None else (height, width)
    return EventInput(cameras, "sbt", {"frames": frames}, steps, "time", stack, sensor=sensor, rows=rows, rectified=True)
