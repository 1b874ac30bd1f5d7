"""Recordings in the HDF5 layout of MVSEC, read lazily.

`<name>_data.hdf5` holds `davis/{left,right}/events`, float64 [N, 4] of x, y, t (absolute seconds), polarity (-1, +1).
`<name>_gt.hdf5` holds `davis/left/depth_image_rect`, float32 [D, 260, 346] in metres with NaN where unknown, and
`depth_image_rect_ts`, float64 [D] in seconds. Images are optional (`recorded_images`).
Other groups and the order of groups don't matter.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.chunks import Rows
from spikegraph.data.hdf5 import attribute, dataset, open_file, reading, require_stored
from spikegraph.data.recorded_images import RecordedImages
from spikegraph.data.rectification import NO_MAPS, SIDES, Rectification, Side, load_maps
from spikegraph.data.sorted_rows import SortedRows
from spikegraph.data.stacking import time_tolerance
from spikegraph.data.stereo_recording import Events
from spikegraph.data.time_stamps import read_time_stamps
from spikegraph.tasks.disparity_scores import FOCAL_BASELINE

SENSOR = (260, 346)
"""Height and width of a DAVIS346 in pixels."""

DATA_SUFFIX = "_data.hdf5"
TRUTH_SUFFIX = "_gt.hdf5"
DEPTH = "davis/left/depth_image_rect"

DISPARITIES = 36
"""Largest disparity to compare, in pixels; the published truth is below 36.43 px."""


def disparity_from_depth(depth: NDArray[np.float32], focal_baseline: float) -> NDArray[np.float32]:
    """`focal_baseline / depth` in pixels, [H, W]; inf where the depth is not finite or not positive."""
    valid = np.isfinite(depth) & (depth > 0)
    disparity = np.full(depth.shape, np.inf, dtype=np.float32)
    disparity[valid] = np.float32(focal_baseline) / depth[valid]
    return disparity


@dataclass
class Recording:
    """One recording. Opens its files on first use, and again in a forked process.

    Attributes:
        name: Name of the recording, as in its files' names.
        data_path: The file of events.
        truth_path: The file of depth frames.
        maps: Rectification of each camera; without maps events are taken as rectified.
        notes: Notes for the user about this recording.
        size: Height and width of the sensor in pixels.
        focal_baseline: Focal length times baseline in px m.
        disparities: The largest disparity to compare, in pixels.
    """

    name: str
    data_path: Path
    truth_path: Path
    maps: dict[Side, Rectification] | None
    notes: list[str]
    size: tuple[int, int] = SENSOR
    focal_baseline: float = FOCAL_BASELINE
    disparities: int = DISPARITIES
    _opened: dict[str, tuple[int, h5py.File]] = field(default_factory=dict[str, tuple[int, h5py.File]], repr=False)
    _rows: dict[Side, tuple[int, SortedRows]] = field(default_factory=dict[Side, tuple[int, SortedRows]], repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """The state without open files, for pickling to another process."""
        return self.__dict__ | {"_opened": {}, "_rows": {}}

    def close(self) -> None:
        """Close the files; later reads open them again."""
        for _, file in self._opened.values():
            file.close()
        self._opened.clear()
        self._rows.clear()

    def __enter__(self) -> Recording:
        """The recording itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files."""
        self.close()

    def file(self, path: Path) -> h5py.File:
        """One of the recording's two files, open in this process."""
        pid, file = self._opened.get(str(path), (-1, None))
        if file is None or pid != os.getpid():
            file = open_file(path)
            self._opened[str(path)] = (os.getpid(), file)
        return file

    def rows(self, side: Side) -> SortedRows:
        """The raw event table of one camera.

        Raises:
            DataError: The table is missing, or its shape isn't [N, 4].
        """
        pid, rows = self._rows.get(side, (-1, None))
        if rows is None or pid != os.getpid():
            name = f"davis/{side}/events"
            table = dataset(self.file(self.data_path), self.data_path, name, (None, 4))
            require_stored(table, self.data_path, name)
            rows = SortedRows(table, self.data_path, f"{side} events", time_column=2)
            self._rows[side] = (os.getpid(), rows)
        return rows

    def events(self, side: Side, start: float, end: float) -> Events:
        """The rectified events of one camera with `start < t < end`.

        Args:
            side: Which camera.
            start: Start in seconds, exclusive.
            end: End in seconds, exclusive.

        Raises:
            DataError: The table is not sorted by time, or holds something that is not an event of this sensor.
        """
        rows = self.rows(side)
        margin = time_tolerance(start, end)
        first, last = rows.search(start + margin, "right"), rows.search(end - margin, "left")
        return self.decode(side, rows.read(first, max(first, last)), first)

    def last_events(self, side: Side, end: float, count: int) -> Events:
        """The last `count` events with `t < end`, without those that rectification moves out of the frame."""
        rows = self.rows(side)
        last = rows.search(end - time_tolerance(end), "left")
        first = max(0, last - count)
        return self.decode(side, rows.read(first, last), first)

    def decode(self, side: Side, rows: NDArray[np.float64], first: int) -> Events:
        """Convert rows of the event table to rectified events.

        Args:
            side: Camera.
            rows: x, y, t, polarity, float64 [N, 4].
            first: Row number of the first row in the table, for messages.

        Raises:
            DataError: A row is not an event of this sensor.
        """
        height, width = self.size
        rounded = np.rint(rows[:, :2])
        inside = (rounded >= 0).all(axis=1) & (rounded[:, 0] < width) & (rounded[:, 1] < height)
        if not inside.all():
            row = int(np.argmin(inside))
            raise DataError(
                f"{side} events: row {first + row} lies at x = {rows[row, 0]:g}, y = {rows[row, 1]:g}, "
                f"outside the {width} x {height} frame",
                self.data_path,
            )
        signed = np.abs(rows[:, 3]) == 1
        if not signed.all():
            row = int(np.argmin(signed))
            raise DataError(
                f"{side} events: row {first + row} has polarity {rows[row, 3]:g}; it must be -1 or +1", self.data_path
            )
        x, y = rounded[:, 0].astype(np.int64), rounded[:, 1].astype(np.int64)
        t, p = rows[:, 2], rows[:, 3].astype(np.int8)
        if self.maps is None:
            return Events(x, y, t, p)
        x, y, kept = self.maps[side].apply(x, y)
        return Events(x, y, t[kept], p[kept])

    @property
    def says_rectified(self) -> bool:
        """Whether the file marks its events as rectified, as the built-in sample does."""
        return bool(attribute(self.file(self.data_path), self.data_path, "rectified"))

    @cached_property
    def depth_times(self) -> NDArray[np.float64]:
        """Time stamps of the depth frames in seconds, float64 [D].

        Raises:
            DataError: They are missing or not ascending, or their number differs from the number of frames.
        """
        path, frames = self.truth_path, self._frames()
        stamps = dataset(self.file(path), path, f"{DEPTH}_ts", (None,))
        if stamps.shape[0] != frames.shape[0]:
            raise DataError(f"{DEPTH} has {frames.shape[0]} frames and {DEPTH}_ts {stamps.shape[0]} time stamps", path)
        if not stamps.shape[0]:
            raise DataError(f"{DEPTH} has no frame", path)
        require_stored(stamps, path, f"{DEPTH}_ts")
        return read_time_stamps(stamps, path, f"{DEPTH}_ts")

    def _frames(self) -> h5py.Dataset:
        """The depth frames in the file, [D, H, W]."""
        return dataset(self.file(self.truth_path), self.truth_path, DEPTH, (None, *self.size))

    @property
    def truth_times(self) -> NDArray[np.float64]:
        """The same times: a true disparity follows from each depth frame."""
        return self.depth_times

    def images(self, side: Side, longest: float) -> RecordedImages:
        """The images of one camera, each for at most `longest` seconds."""
        maps = None if self.maps is None else self.maps[side]
        return RecordedImages(partial(self.file, self.data_path), self.data_path, side, self.size, longest, maps)

    def files(self) -> tuple[Path, ...]:
        """The two files."""
        return self.data_path, self.truth_path

    def require_depth(self) -> None:
        """Checks that the file has about as much data as its depth frames need.

        Raises:
            DataError: It has less, even if they were compressed as far as possible.
        """
        require_stored(self._frames(), self.truth_path, DEPTH)

    def depth(self, frame: int) -> NDArray[np.float32]:
        """Depth of the left rectified view in metres, float32 [H, W], NaN where unknown.

        Raises:
            DataError: The frame doesn't exist or can't be read.
        """
        frames = self._frames()
        if not 0 <= frame < frames.shape[0]:
            raise DataError(f"there is no depth frame {frame}; there are {frames.shape[0]}", self.truth_path)
        with reading(self.truth_path, f"depth frame {frame}"), np.errstate(over="ignore"):
            return np.asarray(Rows(frames, self.truth_path)(frame, frame + 1)[0], dtype=np.float32)

    def disparity(self, frame: int) -> NDArray[np.float32]:
        """True disparity of the left rectified view in pixels, float32 [H, W], inf where the depth is unknown.

        Raises:
            DataError: The frame doesn't exist or can't be read.
        """
        return disparity_from_depth(self.depth(frame), self.focal_baseline)


def open_recording(
    folder: Path | str, name: str, size: tuple[int, int] = SENSOR, focal_baseline: float = FOCAL_BASELINE
) -> Recording:
    """Open the recording `name` of a folder; only its structure is read.

    Args:
        folder: Folder of `<name>_data.hdf5`, `<name>_gt.hdf5` and the rectification maps, if any.
        name: Any name, `indoor_flying1` for example.
        size: Height and width of the sensor in pixels.
        focal_baseline: Focal length times baseline in px m.

    Raises:
        DataError: A file is missing, is not HDF5, or lacks a group, or the maps are incomplete.
    """
    folder = Path(folder)
    data_path, truth_path = folder / f"{name}{DATA_SUFFIX}", folder / f"{name}{TRUTH_SUFFIX}"
    if not folder.is_dir():
        raise DataError("there is no such folder", folder)
    for path in (data_path, truth_path):
        if not path.is_file():
            others = recording_names(folder)
            found = f"the folder has {', '.join(others)}" if others else "the folder has no recording in MVSEC's layout"
            raise DataError(f"this file of the recording `{name}` is missing", path, found)
    recording = Recording(name, data_path, truth_path, load_maps(folder, name, size), [], size, focal_baseline)
    try:
        for side in SIDES:
            recording.rows(side)
        times = recording.depth_times
        rectified = recording.says_rectified
    except DataError:
        recording.close()
        raise
    if recording.maps is None and not rectified:
        recording.notes.append(f"{name}: {NO_MAPS}")
    if len(times) < 2:
        recording.notes.append(f"{name}: only one depth frame")
    return recording


def recording_names(folder: Path) -> list[str]:
    """The sorted names of a folder's recordings, which have a file of events or of depth frames."""
    found = {
        path.name.removesuffix(suffix)
        for suffix in (DATA_SUFFIX, TRUTH_SUFFIX)
        for path in folder.glob(f"*{suffix}")
        if not path.name.startswith(".")
    }
    return sorted(found)
