"""Sequences in DSEC's layout (Gehrig et al., RA-L 2021), read lazily.

A folder has `train/SEQUENCE` (dsec.ifi.uzh.ch/data-format; uzh-rpg/DSEC, `scripts/dataset/sequence.py`) with

- `events/{left,right}/events.h5`: the events as recorded, see `spikegraph.data.camera_events`,
- `events/{left,right}/rectify_map.h5`: `rectify_map`, float32 [480, 640, 2], the rectified x and y of every pixel,
- `disparity/timestamps.txt`: the times of the true disparities in microseconds, one in each line,
- `disparity/event/*.png`: these disparities in the rectified left view, in order, 16-bit grey: 256 times the disparity in
  pixels, 0 where unknown. Their names are the numbers of images, of which only every second has a disparity.

`test/SEQUENCE` has the sequences of the benchmark, whose disparities aren't published.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.camera_events import CameraEvents, RawEvents
from spikegraph.data.chunks import Rows
from spikegraph.data.hdf5 import dataset, open_file, reading
from spikegraph.data.image_file import read_grey
from spikegraph.data.rectification import SIDES, Rectification, Side, pixels
from spikegraph.data.stacking import time_tolerance
from spikegraph.data.stereo_recording import Events
from spikegraph.data.time_stamps import read_microseconds

RECTIFY_MAP = "rectify_map.h5"
"""The file of a camera's map, beside its events."""

SENSOR = (480, 640)
"""Height and width of the event cameras in pixels."""

PARTS = ("train", "test")
MICROSECONDS = 1e6
STEPS = 256
"""Steps of a published disparity per pixel."""

DSEC_LAYOUT = "in DSEC's layout"
DISPARITIES = 192
"""Largest disparity to compare, in pixels, as in published matchers (such as Nam et al., CVPR 2022)."""

HASHED_TRUTHS = 100
"""How many disparities of a sequence its hash includes."""


@dataclass
class Recording:
    """One sequence with true disparities. Opens its files on first use, and again in a forked process.

    Attributes:
        name: Name of the sequence.
        folder: Its folder.
        maps: Rectification of each camera.
        size: Height and width of the sensor in pixels.
        notes: None; recordings of other layouts have some.
        focal_baseline: None: the benchmark compares disparities.
        disparities: The largest disparity to compare, in pixels.
    """

    name: str
    folder: Path
    maps: Mapping[Side, Rectification]
    size: tuple[int, int] = SENSOR
    notes: list[str] = field(default_factory=list[str])
    focal_baseline: float | None = None
    disparities: int = DISPARITIES
    _times: NDArray[np.float64] | None = field(default=None, repr=False)

    @cached_property
    def cameras(self) -> Mapping[Side, CameraEvents]:
        """The events of each camera as recorded."""
        return {side: camera(self.folder, side, self.size) for side in SIDES}

    def close(self) -> None:
        """Close the files; later reads open them again."""
        for one in self.cameras.values():
            one.close()

    @property
    def truth_path(self) -> Path:
        """The folder of the truth."""
        return self.folder / "disparity"

    @property
    def truth_times(self) -> NDArray[np.float64]:
        """Times of the true disparities in seconds, float64 [D].

        Raises:
            DataError: They are missing or not ascending, or their number differs from that of the disparities.
        """
        if self._times is None:
            path = self.truth_path / "timestamps.txt"
            times, held = read_microseconds(path), len(self.truths)
            if len(times) != held:
                raise DataError(f"it has {len(times)} time stamps, but `event` beside it has {held} disparities", path)
            self._times = times / MICROSECONDS
        return self._times

    @cached_property
    def truths(self) -> tuple[Path, ...]:
        """The files of the true disparities, by their numbers.

        Raises:
            DataError: There are none.
        """
        return numbered(self.truth_path / "event", "disparities")

    @property
    def frames(self) -> range:
        """The numbers of the disparities that can be used: all but the first one, before which there are no events."""
        return range(1, len(self.truth_times))

    def events(self, side: Side, start: float, end: float) -> Events:
        """The rectified events of one camera with `start < t < end`.

        Args:
            side: Which camera.
            start: Start in seconds, exclusive.
            end: End in seconds, exclusive.

        Raises:
            DataError: The file is damaged, or holds something that isn't an event of this sensor.
        """
        margin = time_tolerance(start, end)
        first, stop = math.floor((start + margin) * MICROSECONDS) + 1, math.ceil((end - margin) * MICROSECONDS)
        return self._rectified(side, self.cameras[side].between(first, max(first, stop)))

    def last_events(self, side: Side, end: float, count: int) -> Events:
        """The last `count` events with `t < end`, without those that rectification moves out of the frame."""
        last = self.cameras[side].row(math.ceil((end - time_tolerance(end)) * MICROSECONDS))
        return self._rectified(side, self.cameras[side].rows(max(0, last - count), last))

    def _rectified(self, side: Side, raw: RawEvents) -> Events:
        x, y, kept = self.maps[side].apply(raw.x, raw.y)
        return Events(x, y, raw.t[kept] / MICROSECONDS, (2 * raw.p[kept] - 1).astype(np.int8))

    def disparity(self, frame: int) -> NDArray[np.float32]:
        """True disparity of the left rectified view in pixels, float32 [H, W], inf where unknown.

        Raises:
            DataError: It doesn't exist or can't be read.
        """
        if not 0 <= frame < len(self.truths):
            raise DataError(f"there is no disparity {frame}; there are {len(self.truths)}", self.truth_path)
        stored = read_grey(self.truths[frame], 16, self.size)
        return np.where(stored > 0, stored / STEPS, np.inf).astype(np.float32)

    def files(self) -> tuple[Path, ...]:
        """The events, the times, and at most 100 of the disparities at equal distances."""
        count = len(self.truths)
        kept = min(count, HASHED_TRUTHS)
        chosen = [self.truths[k * (count - 1) // max(1, kept - 1)] for k in range(kept)]
        return (*(self.cameras[side].path for side in SIDES), self.truth_path / "timestamps.txt", *chosen)


def camera(folder: Path, side: Side, size: tuple[int, int] = SENSOR) -> CameraEvents:
    """The events of one camera of a sequence, not read yet."""
    return CameraEvents(folder / "events" / side / "events.h5", f"{side} events", size)


def rectify_map(folder: Path, side: Side, size: tuple[int, int] = SENSOR) -> Rectification:
    """The rectification of one camera of a sequence.

    Raises:
        DataError: The map is missing, damaged, or of another size.
    """
    path = folder / "events" / side / RECTIFY_MAP
    if not path.is_file():
        raise DataError("the rectification map is missing", path, "it is in the same archive as the events")
    return rectification(path, size)


def rectification(path: Path, size: tuple[int, int] = SENSOR) -> Rectification:
    """The rectification of one camera from the file of its map.

    Raises:
        DataError: The map is damaged, or of another size.
    """
    with open_file(path) as file:
        table = dataset(file, path, "rectify_map", (*size, 2))
        with reading(path, "`rectify_map`"):
            values = np.asarray(Rows(table, path)(0, size[0]), np.float64)
    return Rectification(*(pixels(values[..., axis], path) for axis in (0, 1)))


def numbered(folder: Path, what: str) -> tuple[Path, ...]:
    """The PNG files of a folder whose names are numbers, in their order.

    Args:
        folder: The folder.
        what: What they are, in the plural, for messages.

    Raises:
        DataError: There are none.
    """
    found = [path for path in folder.glob("*.png") if path.stem.isdecimal()]
    if not found:
        raise DataError(f"there are no {what} in it (files such as 000000.png)", folder)
    return tuple(sorted(found, key=lambda path: int(path.stem)))


def sequence_names(folder: Path) -> list[str]:
    """The sorted names of the sequences of a folder: the folders in `train` and `test` that have `events`."""
    return sorted({path.parent.name for part in PARTS for path in folder.glob(f"{part}/*/events") if path.is_dir()})


def sequence_folder(folder: Path, name: str) -> Path:
    """The folder of a sequence.

    Raises:
        DataError: It is missing.
    """
    for part in PARTS:
        if (folder / part / name).is_dir():
            return folder / part / name
    if not folder.is_dir():
        raise DataError("there is no such folder", folder)
    held = sequence_names(folder)
    if not held:
        raise DataError("the folder has no sequence in DSEC's layout", folder, "it must have `train/SEQUENCE/events`")
    shown = ", ".join(held[:20]) + (", ..." if len(held) > 20 else "")
    help = f"name the sequences to use in the data set's lists; the folder has {shown}"
    raise DataError(f"the sequence `{name}` is missing", folder / "train" / name, help)


def open_sequence(folder: Path | str, name: str) -> Recording:
    """Open a sequence with true disparities; only its structure, its times and its maps are read.

    Raises:
        DataError: A file is missing or damaged.
    """
    at = sequence_folder(Path(folder), name)
    if not (at / "disparity").is_dir():
        summary = "the sequence has no disparities"
        raise DataError(summary, at / "disparity", "download them; those of the benchmark's test sequences aren't published")
    recording = Recording(name, at, {side: rectify_map(at, side) for side in SIDES})
    try:
        for one in recording.cameras.values():
            if not len(one):
                raise DataError("there are no events in it", one.path)
        if not recording.frames:
            raise DataError("there is only one disparity, before which there are no events", recording.truth_path)
    except DataError:
        recording.close()
        raise
    return recording


def open_sequences(folder: Path, parts: Mapping[str, Sequence[str]]) -> dict[str, Recording]:
    """Opens the sequences of all parts.

    Args:
        folder: The folder of the data.
        parts: Names of sequences by the part's name, such as `train`.

    Raises:
        DataError: A sequence is missing, unsound or in two parts.
    """
    seen: dict[str, str] = {}
    for part, names in parts.items():
        for name in names:
            if name in seen:
                raise DataError(f"the sequence `{name}` is in `{seen[name]}` and in `{part}`", help="leave it in one of them")
            seen[name] = part
    return {name: open_sequence(folder, name) for name in seen}
