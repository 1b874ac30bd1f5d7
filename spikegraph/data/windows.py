"""Windows of consecutive depth frames, which are the samples of a stereo data set."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """Consecutive depth frames of one recording.

    Attributes:
        recording: Name of the recording.
        first: Number of the first frame.
        labelled: For each frame: use its true disparity.
    """

    recording: str
    first: int
    labelled: tuple[bool, ...]


def runs(frames: Sequence[int]) -> list[range]:
    """The maximal ranges of consecutive numbers in an ascending sequence.

    Raises:
        ValueError: The numbers don't ascend.
    """
    found: list[range] = []
    for frame in frames:
        if found and frame == found[-1].stop:
            found[-1] = range(found[-1].start, frame + 1)
        elif found and frame < found[-1].stop:
            raise ValueError(f"frame numbers must ascend; {frame} comes after {found[-1].stop - 1}")
        else:
            found.append(range(frame, frame + 1))
    return found


def training_windows(recording: str, frames: Sequence[int], steps: int, stride: int | None = None) -> list[Window]:
    """Windows in which every frame is labelled; frames at the end of a range that don't fill a window are left out.

    Args:
        recording: Name of the recording.
        frames: Frame numbers, ascending.
        steps: Frames of a window.
        stride: Frames from one window to the next; `steps` if None, so that no frame is in two windows.
            Frames at the end of a run that don't fill a window are dropped.
    """
    labelled = (True,) * steps
    return [
        Window(recording, first, labelled)
        for run in runs(frames)
        for first in range(run.start, run.stop - steps + 1, stride or steps)
    ]


def evaluation_windows(recording: str, frames: Sequence[int], steps: int) -> list[Window]:
    """Windows in which every given frame is labelled exactly once.

    They tile the range from the first frame to the last. Other frames in it are included without a label, as
    in a stream; so is the start of the last window if the range is not a multiple of `steps`.

    Args:
        recording: Name of the recording.
        frames: Frame numbers, ascending.
        steps: Frames per window.

    Raises:
        ValueError: The last frame has fewer than `steps - 1` frames before it.
    """
    if not frames:
        return []
    wanted = set(frames)
    first, stop = frames[0], frames[-1] + 1
    windows: list[Window] = []
    for begin in range(first, stop, steps):
        start = min(begin, stop - steps)
        if start < 0:
            raise ValueError(f"a window of {steps} frames doesn't fit into the first {stop}")
        labelled = tuple(k in wanted and k >= begin for k in range(start, start + steps))
        if any(labelled):
            windows.append(Window(recording, start, labelled))
    return windows
