"""Events in columns x, y, t and p, and HDF5 files with them, or in the layouts of MVSEC and DSEC."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data import hdf5
from spikegraph.data.chunks import Rows
from spikegraph.data.events.binary import AGAIN, opened
from spikegraph.data.events.blocks import LARGEST, Block, up_to_damage
from spikegraph.data.rectification import SIDES, Side

NAMES = {
    "x": ("x", "xs"),
    "y": ("y", "ys"),
    "t": ("t", "t_us", "ts", "timestamp", "timestamps"),
    "p": ("p", "ps", "on", "pol", "polarity"),
}
"""What the columns are called. Time stamps are whole microseconds, or seconds as floating-point numbers."""

GROUPS = ("events/", "", "CD/events/")
"""Where an HDF5 file has its columns; the first is DSEC's."""

MVSEC: dict[Side, str] = {side: f"davis/{side}/events" for side in SIDES}
"""MVSEC's events of each camera, [N, 4]: x, y, t in seconds, polarity."""

WANTED = "columns x, y, t and p"

LATEST = 1 << 53
"""Largest time stamp in microseconds; float64 has all whole numbers up to it."""

FARTHEST = 1 << 30
"""Largest coordinate."""

SECONDS = "write times in microseconds as whole numbers, or in seconds as floating-point numbers"


@dataclass(frozen=True)
class Hdf5File:
    """An HDF5 file of events.

    Attributes:
        path: The file.
        part: As `EventFile`.
        camera: Of MVSEC's files, which camera.
    """

    path: Path
    part: str = ""
    camera: Side = "left"

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`: MVSEC's sensor; other layouts don't tell."""
        with opened(self.path), hdf5.open_file(self.path) as file:
            return (260, 346) if MVSEC[self.camera] in _held(file, self.path) else None

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        with opened(self.path), hdf5.open_file(self.path) as file:
            held, name = _held(file, self.path), MVSEC[self.camera]
            if not held.keys().isdisjoint(MVSEC.values()):
                table = hdf5.dataset(file, self.path, name, (None, 4))
                hdf5.require_stored(table, self.path, name)
                found = Rows(table, self.path)

                def row(first: int, last: int) -> Block:
                    with hdf5.reading(self.path, f"rows from {first:,} on"):
                        x, y, t, p = np.asarray(found(first, last)).T
                    return made(x, y, t, p, self.path)

                for k in range(0, len(table), LARGEST):
                    yield from up_to_damage(row, k, min(k + LARGEST, len(table)))
                return
            names = found_columns(held, self.path)
            columns = {key: hdf5.dataset(file, self.path, name, (None,), "fiub") for key, name in names.items()}
            for key, name in names.items():
                hdf5.require_stored(columns[key], self.path, name)
            hdf5.require_small_chunks(list(columns.values()), self.path, "the four columns have")
            require_same_length({key: len(column) for key, column in columns.items()}, self.path)
            shift = _offset(file, held, names["t"], self.path)
            rows = {key: Rows(column, self.path) for key, column in columns.items()}

            def event(first: int, last: int) -> Block:
                with hdf5.reading(self.path, f"events from {first:,} on"):
                    part = {key: np.asarray(read(first, last)) for key, read in rows.items()}
                block = made(part["x"], part["y"], part["t"], part["p"], self.path)
                return block._replace(t=block.t + shift)

            for k in range(0, len(columns["t"]), LARGEST):
                yield from up_to_damage(event, k, min(k + LARGEST, len(columns["t"])))


def _held(file: h5py.File, path: Path) -> Mapping[str, list[int]]:
    """The data sets of a file, and wanted names that are links, which may lead to another file."""
    held = dict(hdf5.contents(file, path))
    with hdf5.reading(path, "the list of its data sets"):
        for name in (*MVSEC.values(), *(group + name for group in GROUPS for names in NAMES.values() for name in names)):
            at: object = file
            for part in name.split("/"):
                link = at.get(part, getlink=True) if isinstance(at, h5py.Group) else None
                if link is None:
                    break
                if not isinstance(link, h5py.HardLink):
                    held[name] = []
                    break
                at = at[part] if isinstance(at, h5py.Group) else None
    return held


def made(x: NDArray[Any], y: NDArray[Any], t: NDArray[Any], p: NDArray[Any], path: Path) -> Block:
    """Events from columns: times in microseconds, or in seconds if they aren't whole numbers by type; polarity on above 0.

    Raises:
        DataError: A number isn't finite, or too large.
    """
    times, scale = (_finite(t, "t", path), 1e6) if t.dtype.kind == "f" else (t, 1)
    if len(t) and not -LATEST / scale <= times.min() <= times.max() <= LATEST / scale:
        raise DataError(f"`t` has numbers beyond {LATEST:,} microseconds", path, SECONDS)
    if scale > 1:
        times = np.rint(times * scale)
    on = _finite(p, "p", path) if p.dtype.kind == "f" else p
    return Block(_pixels(x, "x", path), _pixels(y, "y", path), times.astype(np.int64), on > 0)


def _pixels(column: NDArray[Any], name: str, path: Path) -> NDArray[np.integer[Any]]:
    """Coordinates as integers."""
    if column.dtype.kind in "iu":
        # Sums of uint64 and int64 are floating-point numbers. Larger ones, which are on no sensor, stay for the message.
        mixed = column.dtype.kind == "u" and column.dtype.itemsize == np.dtype(np.uint64).itemsize
        return column.astype(np.int64) if mixed and column.max(initial=0) <= FARTHEST else column
    if column.dtype.kind == "b":
        return column.view(np.uint8)
    found = np.rint(_finite(column, name, path))
    if len(found) and not -FARTHEST <= found.min() <= found.max() <= FARTHEST:
        raise DataError(f"`{name}` has numbers beyond {FARTHEST:,}", path)
    return found.astype(np.int32)


def _finite(column: NDArray[Any], name: str, path: Path) -> NDArray[np.float64]:
    with np.errstate(over="ignore", invalid="ignore"):
        found = column.astype(np.float64)
    if not np.isfinite(found).all():
        raise DataError(f"`{name}` has numbers that aren't finite", path)
    return found


def found_columns(held: Collection[str], path: Path) -> dict[str, str]:
    """The names of the columns x, y, t and p in a file, given all its names.

    Raises:
        DataError: It lacks one.
    """
    for group in GROUPS:
        found = {key: next((group + name for name in names if group + name in held), None) for key, names in NAMES.items()}
        if None not in found.values():
            return {key: str(name) for key, name in found.items()}
    shown = ", ".join(f"`{hdf5.printable(name)}`" for name in sorted(held)[:20]) or "nothing"
    raise DataError(f"it has no {WANTED}, but {shown}", path, "name them x, y, t and p, at the top or in a group `events`")


def require_same_length(lengths: Mapping[str, int], path: Path) -> None:
    """Checks that columns are equally long.

    Raises:
        DataError: They aren't.
    """
    if len(set(lengths.values())) > 1:
        raise DataError(f"its columns differ in length: {', '.join(f'{k} {n:,}' for k, n in lengths.items())}", path, AGAIN)


def _offset(file: h5py.File, held: Mapping[str, list[int]], times: str, path: Path) -> int:
    """DSEC's `t_offset`, which all time stamps lack."""
    if "t_offset" not in held or not times.startswith("events/"):
        return 0
    with hdf5.reading(path, "`t_offset`"):
        shift = int(hdf5.dataset(file, path, "t_offset", ())[()])
    if abs(shift) > LATEST:
        raise DataError(f"`t_offset` is beyond {LATEST:,} microseconds", path)
    return shift
