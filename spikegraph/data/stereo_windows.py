"""Windows of stereo recordings as samples: event stacks of two cameras, and the disparity of the labelled ones."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.base.errors import DataError
from spikegraph.data.content_hash import array_hash, file_hash
from spikegraph.data.sample import About, Sample
from spikegraph.data.source import Moment, Samples
from spikegraph.data.stacks import StackSource
from spikegraph.data.windows import Window


@dataclass(frozen=True)
class StereoWindows(Samples):
    """Windows of recordings: B burn-in stacks, then T' labelled stacks. Recordings are read when samples are.

    The inputs `left` and `right` of a sample are int8 [B + T', n, H, W] with values -1, 0, 1; images that come beside them are
    float32 [B + T', 1, H, W] from 0 to 1. Its target is the disparity of the last T' stacks in pixels, float32 [T', H, W],
    inf where it isn't known.

    Attributes:
        recordings: The recordings, by name.
        windows: The samples, each with the same number T' of stacks.
        burn_in: Number B of stacks before the labelled ones.
        hashed: Whether the content of the recordings is part of the hash; one part of a data set is enough.
    """

    recordings: Mapping[str, StackSource]
    windows: tuple[Window, ...]
    burn_in: int
    hashed: bool = False

    def __post_init__(self) -> None:
        """Checks the windows.

        Raises:
            ValueError: The burn-in is negative, or the windows' lengths differ.
        """
        if self.burn_in < 0:
            raise ValueError(f"burn_in must not be negative, but is {self.burn_in}")
        if len({len(window.labelled) for window in self.windows}) > 1:
            raise ValueError("all windows must have the same length")

    @override
    def __len__(self) -> int:
        return len(self.windows)

    @cached_property
    def _about(self) -> About:
        depths = {source.focal_baseline for source in self.recordings.values()}
        if len(depths) != 1:
            raise DataError(
                f"recordings of a set must have the same focal length x baseline, not {sorted(depths, key=str)}",
                help="train on recordings of one kind of camera",
            )
        return About((), depths.pop(), max(source.recording.disparities for source in self.recordings.values()))

    @property
    @override
    def about(self) -> About:
        return self._about

    @override
    def sample(self, index: int) -> Sample:
        window = self.windows[index]
        source = self.recordings[window.recording]
        numbers = range(window.first - self.burn_in, window.first + len(window.labelled))
        steps = [source.inputs(k) for k in numbers]
        views = {name: np.stack([step[name] for step in steps]) for name in steps[0]}
        target = np.stack([_target(source, k, labelled) for k, labelled in enumerate(window.labelled, window.first)])
        name = f"{window.recording}/{window.first}"
        return Sample(views, target, name, len(numbers), np.array(window.labelled))

    @override
    def seconds(self, index: int) -> float | None:
        """The mean time from one truth of its recording to the next: events that have another unit than these lie elsewhere."""
        times = self.recordings[self.windows[index].recording].recording.truth_times
        return float(times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else None

    @override
    def shares(self, index: int) -> Collection[Hashable]:
        window = self.windows[index]
        return frozenset((window.recording, k) for k, labelled in enumerate(window.labelled, window.first) if labelled)

    @override
    def stream(self) -> Iterator[Moment]:
        """The stacks of all recordings one by one, each from its first window to its last.

        Stacks between two windows are there too, without a truth that counts, and those that two windows share once. A new
        stream begins with a window's burn-in where the recording is another one, or where a stack before it has no image.
        """
        total, seen = sum(sum(window.labelled) for window in self.windows), 0
        before: tuple[str, int] | None = None
        for window in self.windows:
            source = self.recordings[window.recording]
            stop, begin = window.first + len(window.labelled), window.first - self.burn_in
            continues = False
            if before is not None and before[0] == window.recording and before[1] < stop - 1:
                continues = all(map(source.has_inputs, range(before[1] + 1, begin)))
                begin = before[1] + 1 if continues else begin
            for k in range(begin, stop):
                labelled = k >= window.first and window.labelled[k - window.first]
                seen += labelled
                done = seen * len(self) // max(total, 1)
                yield Moment(source.inputs(k), _target(source, k, labelled), labelled, not continues and k == begin, done)
            before = (window.recording, stop - 1)

    @override
    def content(self) -> Iterator[bytes]:
        for name in sorted(self.recordings) if self.hashed else ():
            recording = self.recordings[name].recording
            yield name.encode()
            for path in recording.files():
                yield path.name.encode()
                yield file_hash(path)
            for side, maps in (recording.maps or {}).items():
                yield side.encode()
                yield from (array_hash(maps.x), array_hash(maps.y))


def _target(source: StackSource, k: int, labelled: bool) -> NDArray[np.float32]:
    return source.disparity(k) if labelled else np.full(source.recording.size, np.inf, dtype=np.float32)
