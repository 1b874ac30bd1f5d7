"""Event stacks, images and true disparities, by the number of the truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.recorded_images import RecordedImages
from spikegraph.data.rectification import SIDES, Side
from spikegraph.data.stacking import stack
from spikegraph.data.stereo_recording import StereoRecording

Truth = Literal["raw", "quantised"]
TruthMask = Literal["all", "last_15000_events"]

QUANTISATION = 7
"""Steps per pixel of MVSEC's published uint8 disparities."""
INVALID = 255
"""The published value of pixels without truth; so the largest disparity is below 36.43 px."""
MASKING_EVENTS = 15_000


def quantise(disparity: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Disparities [H, W] in pixels to MVSEC's published format: `round(7 * disparity)`, 255 where invalid or too large."""
    scaled = np.rint(np.where(np.isfinite(disparity), disparity, np.inf) * QUANTISATION)
    return np.minimum(scaled, INVALID).astype(np.uint8)


def dequantise(published: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Published values [H, W] as pixels; inf where 255 or 0, which has no depth."""
    disparity = published.astype(np.float32) / np.float32(QUANTISATION)
    disparity[(published == INVALID) | (published == 0)] = np.inf
    return disparity


@dataclass
class StackSource:
    """Event stacks and true disparities at the time of every truth of a recording.

    The stack of truth k holds the events before its time stamp: `t_k - duration < t < t_k`. Stacks with negative k precede
    the first truth; each is one duration earlier than the next.

    Attributes:
        recording: The recording to read.
        duration: Length of a stack in seconds.
        frames: Number n of frames of a stack.
        truth: Disparities as measured (`raw`), or rounded as published (`quantised`).
        truth_mask: Use all measured pixels, or only those of the left camera's last 15,000 events.
        keep: Cache every stack in memory (int8, n H W bytes each).
        images: The images that come beside the events, by the names of the inputs; none for events alone.
    """

    recording: StereoRecording
    duration: float
    frames: int
    truth: Truth = "raw"
    truth_mask: TruthMask = "all"
    keep: bool = False
    images: Mapping[str, RecordedImages] = field(default_factory=dict[str, RecordedImages])
    _kept: dict[tuple[Side, int], NDArray[np.int8]] = field(
        default_factory=dict[tuple[Side, int], NDArray[np.int8]], repr=False
    )

    def __len__(self) -> int:
        return len(self.recording.truth_times)

    @property
    def focal_baseline(self) -> float | None:
        """Focal length times baseline in px m; None if no depths are compared."""
        return self.recording.focal_baseline

    def end_time(self, k: int) -> float:
        """End of stack k in seconds."""
        times = self.recording.truth_times
        return float(times[k]) if k >= 0 else float(times[0]) + k * self.duration

    def stack(self, side: Side, k: int) -> NDArray[np.int8]:
        """Stack k of one camera, int8 [n, H, W] of -1, 0, 1. Don't modify it.

        Raises:
            DataError: The recording's events can't be read.
        """
        kept = self._kept.get((side, k))
        if kept is not None:
            return kept
        end = self.end_time(k)
        height, width = self.recording.size
        events = self.recording.events(side, end - self.duration, end)
        made = stack(*events, start=end - self.duration, duration=self.duration, frames=self.frames, height=height, width=width)
        if self.keep:
            self._kept[side, k] = made
        return made

    def has_inputs(self, k: int) -> bool:
        """Whether step k has all inputs: an image may be missing."""
        return all(images.before(self.end_time(k)) is not None for images in self.images.values())

    def inputs(self, k: int) -> dict[str, NDArray[Any]]:
        """The inputs of step k by name: the stacks of both cameras, and the last images that aren't later than their end.

        Raises:
            DataError: They can't be read.
        """
        stacks: dict[str, NDArray[Any]] = {side: self.stack(side, k) for side in SIDES}
        return stacks | {name: images.image(self.end_time(k)) for name, images in self.images.items()}

    def disparity(self, k: int) -> NDArray[np.float32]:
        """Truth k in pixels, float32 [H, W], inf where invalid.

        Raises:
            DataError: The recording's truth can't be read.
        """
        disparity = self.recording.disparity(k)
        if self.truth == "quantised":
            disparity = dequantise(quantise(disparity))
        if self.truth_mask == "last_15000_events":
            events = self.recording.last_events("left", self.end_time(k), MASKING_EVENTS)
            seen = np.zeros(disparity.shape, dtype=bool)
            seen[events.y, events.x] = True
            disparity[~seen] = np.inf
        return disparity
