"""Where a stream of events is from: a recording, a sequence of DSEC, two files, or a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.base.surface import either
from spikegraph.data import dsec
from spikegraph.data.events.blocks import Block, EventFile
from spikegraph.data.events.columns import Hdf5File
from spikegraph.data.events.published_sets import open_as
from spikegraph.data.hdf5 import attribute, open_file
from spikegraph.data.mvsec import DATA_SUFFIX
from spikegraph.data.rectification import NO_MAPS, SIDES, Rectification, load_maps
from spikegraph.streaming.pipes import STANDARD_INPUT


@dataclass(frozen=True)
class Origin:
    """Where events are from.

    Attributes:
        files: The events of each camera; of a pipe, what messages call it.
        sensor: Height and width of the sensors; None if nothing tells them.
        maps: The rectification of each camera; None for events that are used as they are.
        notes: What to say about it.
        live: Whether it is a pipe.
        recording: The recording, if it is in MVSEC's layout, which may have images; None for others.
    """

    files: tuple[EventFile, ...]
    sensor: tuple[int, int] | None
    maps: tuple[Rectification, ...] | None = None
    notes: tuple[str, ...] = ()
    live: bool = False
    recording: Path | None = None


@dataclass(frozen=True)
class Pipe:
    """A pipe in place of a file, for messages."""

    path: Path = STANDARD_INPUT
    part: str = ""

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`: a pipe doesn't tell."""
        return None

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`: a pipe is read as it comes, not here."""
        return iter(())


def origin_of(
    recording: Path,
    right: Path | None,
    cameras: int,
    sensor: tuple[int, int] | None,
    *,
    rectified: bool = True,
    source: str = "",
) -> Origin:
    """Where the events of a network with so many cameras are from.

    Args:
        recording: A recording, `-` for a pipe, or the folder of a sequence of DSEC.
        right: The recording of the right camera, if it is another file.
        cameras: 1, or 2 for a left and a right camera.
        sensor: Height and width of the sensors, in place of what the files tell.
        rectified: Whether the network takes rectified events.
        source: The source of the data set, as which recordings are read.

    Raises:
        DataError: There is no such recording, it is damaged, it lacks a camera, or its maps are of another sensor.
    """
    if right is not None and cameras == 1:
        raise DataError("the network has one camera, so it takes no recording of a right one", right)
    if recording == STANDARD_INPUT:
        return Origin((Pipe(),) * cameras, sensor, live=True)
    if recording.is_dir():
        return _sequence(recording, cameras, sensor or dsec.SENSOR, rectified)
    if right is not None:
        files = (open_as(source, recording), open_as(source, right))
        return Origin(files, sensor or files[0].size() or files[1].size())
    file = open_as(source, recording)
    if isinstance(file, Hdf5File) and (size := file.size()) is not None:
        return _mvsec(recording, cameras, sensor or size, rectified)
    if cameras == 2:
        how = either("--right FILE", 'right="FILE"')
        help = f"give that of the right camera with {how}, or a recording in MVSEC's layout"
        raise DataError("the network has two cameras, and it is a recording of one", recording, help)
    if not rectified:
        return Origin((file,), sensor or file.size())
    path = recording.parent / dsec.RECTIFY_MAP
    if not path.is_file():
        return Origin((file,), sensor or file.size(), notes=(NO_MAPS,))
    size = sensor or file.size() or dsec.SENSOR
    return Origin((file,), size, (dsec.rectification(path, size),))


def _sequence(folder: Path, cameras: int, size: tuple[int, int], rectified: bool) -> Origin:
    """A sequence in DSEC's layout."""
    sides = SIDES[:cameras]
    missing = [path for side in sides if not (path := folder / "events" / side / "events.h5").is_file()]
    if missing:
        raise DataError("it isn't a sequence in DSEC's layout: this file is missing", missing[0], "or name a recording, a file")
    files = tuple(Hdf5File(folder / "events" / side / "events.h5", f"{side} events: ") for side in sides)
    return Origin(files, size, tuple(dsec.rectify_map(folder, side, size) for side in sides) if rectified else None)


def _mvsec(path: Path, cameras: int, size: tuple[int, int], rectified: bool) -> Origin:
    """A recording in MVSEC's layout, with the maps beside it."""
    sides = SIDES[:cameras]
    files = tuple(Hdf5File(path, f"{side} events: ", side) for side in sides)
    recording = path if cameras > 1 else None
    if not rectified:
        return Origin(files, size, recording=recording)
    maps = load_maps(path.parent, path.name.removesuffix(DATA_SUFFIX), size)
    with open_file(path) as file:
        notes = (NO_MAPS,) if maps is None and not attribute(file, path, "rectified") else ()
    return Origin(files, size, None if maps is None else tuple(maps[side] for side in sides), notes, recording=recording)
