"""Events in arrays: HDF5 files in the layouts of MVSEC and DSEC or with x, y, t and p, `.npz` and `.npy` files."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from spikegraph.data import hdf5
from spikegraph.data.chunks import Rows
from spikegraph.data.events.binary import AGAIN, opened
from spikegraph.data.events.blocks import LARGEST, Block
from spikegraph.errors import DataError

NAMES = {"x": ("x",), "y": ("y",), "t": ("t", "t_us", "ts", "timestamp", "timestamps"), "p": ("p", "on", "pol", "polarity")}
"""What the columns are called. Time stamps are whole microseconds, or seconds as floating-point numbers."""

GROUPS = ("events/", "", "CD/events/")
"""Where an HDF5 file has its columns; the first is DSEC's."""

MVSEC = "davis/left/events"
"""MVSEC's events of the left camera, [N, 4]: x, y, t in seconds, polarity."""

WANTED = "columns x, y, t and p"


@dataclass(frozen=True)
class Hdf5File:
    """An HDF5 file of events."""

    path: Path
    part: str = ""

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`: MVSEC's sensor; other layouts don't tell."""
        with hdf5.open_file(self.path) as file:
            return (260, 346) if MVSEC in hdf5.contents(file, self.path) else None

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        with hdf5.open_file(self.path) as file:
            held = hdf5.contents(file, self.path)
            if MVSEC in held:
                table = hdf5.dataset(file, self.path, MVSEC, (None, 4))
                hdf5.require_stored(table, self.path, MVSEC)
                found = Rows(table, self.path)
                for k in range(0, len(table), LARGEST):
                    with hdf5.reading(self.path, f"rows from {k:,} on"):
                        x, y, t, p = np.asarray(found(k, k + LARGEST)).T
                    yield made(x, y, t, p, self.path)
                return
            names = _columns(held, self.path)
            columns = {key: hdf5.dataset(file, self.path, name, (None,)) for key, name in names.items()}
            for key, name in names.items():
                hdf5.require_stored(columns[key], self.path, name)
            _same_length({key: len(column) for key, column in columns.items()}, self.path)
            shift = _offset(file, held, names["t"], self.path)
            rows = {key: Rows(column, self.path) for key, column in columns.items()}
            for k in range(0, len(columns["t"]), LARGEST):
                with hdf5.reading(self.path, f"events from {k:,} on"):
                    part = {key: np.asarray(read(k, k + LARGEST)) for key, read in rows.items()}
                block = made(part["x"], part["y"], part["t"], part["p"], self.path)
                yield block._replace(t=block.t + shift)


@dataclass(frozen=True)
class NpzFile:
    """A `.npz` file with columns, or a `.npy` file with fields x, y, t and p or an array [N, 4] in this order."""

    path: Path
    part: str = ""

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`: it doesn't tell."""
        return None

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        with opened(self.path), _damage(self.path):
            yield from self._table() if self.path.suffix.lower() == ".npy" else self._archive()

    def _table(self) -> Iterator[Block]:
        table: NDArray[Any] = np.load(self.path, mmap_mode="r", allow_pickle=False)
        if table.dtype.names is not None:
            names = _columns({name: list[int]() for name in table.dtype.names}, self.path)
        elif table.ndim == 2 and table.shape[1] == 4:
            names = dict(zip("xytp", range(4), strict=True))
        else:
            summary = f"it has the shape {list(table.shape)} and the type {table.dtype}, not {WANTED}"
            raise DataError(summary, self.path, "write an array [N, 4], or one with fields")
        for k in range(0, len(table), LARGEST):
            rows = table[k : k + LARGEST]
            x, y, t, p = (rows[name] if isinstance(name, str) else rows[:, name] for name in names.values())
            yield made(x, y, t, p, self.path)

    def _archive(self) -> Iterator[Block]:
        with zipfile.ZipFile(self.path) as archive, ExitStack() as stack:
            held = {name.removesuffix(".npy"): list[int]() for name in archive.namelist()}
            names = _columns(held, self.path)
            columns = {key: _Column(stack.enter_context(archive.open(f"{name}.npy")), name) for key, name in names.items()}
            _same_length({key: column.length for key, column in columns.items()}, self.path)
            for _ in range(0, columns["t"].length, LARGEST):
                part = {key: column.read() for key, column in columns.items()}
                yield made(part["x"], part["y"], part["t"], part["p"], self.path)


class _Column:
    """A column of an archive, read in pieces."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file, self._name = file, name
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, self._kind = read(file)
        if len(shape) != 1 or self._kind.kind not in "iufb":
            raise ValueError(f"`{name}` has the shape {list(shape)} and the type {self._kind}, not numbers [N]")
        self.length = int(shape[0])
        self._left = self.length

    def read(self) -> NDArray[Any]:
        count = min(self._left, LARGEST)
        data = self._file.read(count * self._kind.itemsize)
        if len(data) < count * self._kind.itemsize:
            raise ValueError(f"`{self._name}` has fewer than {self.length:,} values")
        self._left -= count
        return np.frombuffer(data, self._kind)


def made(x: NDArray[Any], y: NDArray[Any], t: NDArray[Any], p: NDArray[Any], path: Path) -> Block:
    """Events from columns: times in microseconds, or in seconds if they aren't whole numbers by type; polarity on above 0.

    Raises:
        DataError: A number isn't finite.
    """
    for name, column in (("x", x), ("y", y), ("t", t), ("p", p)):
        if column.dtype.kind == "f" and not np.isfinite(column).all():
            raise DataError(f"`{name}` has numbers that aren't finite", path)
    times = np.rint(t * 1e6).astype(np.int64) if t.dtype.kind == "f" else t.astype(np.int64)
    return Block(np.rint(x).astype(np.int64), np.rint(y).astype(np.int64), times, p > 0)


def _columns(held: Mapping[str, list[int]], path: Path) -> dict[str, str]:
    """The names of the columns x, y, t and p."""
    for group in GROUPS:
        found = {key: next((group + name for name in names if group + name in held), None) for key, names in NAMES.items()}
        if None not in found.values():
            return {key: str(name) for key, name in found.items()}
    shown = ", ".join(f"`{hdf5.printable(name)}`" for name in sorted(held)[:20]) or "nothing"
    raise DataError(f"it has no {WANTED}, but {shown}", path, "name them x, y, t and p, at the top or in a group `events`")


def _same_length(lengths: Mapping[str, int], path: Path) -> None:
    if len(set(lengths.values())) > 1:
        raise DataError(f"its columns differ in length: {', '.join(f'{k} {n:,}' for k, n in lengths.items())}", path, AGAIN)


def _offset(file: Any, held: Mapping[str, list[int]], times: str, path: Path) -> int:
    """DSEC's `t_offset`, which all time stamps lack."""
    if "t_offset" not in held or not times.startswith("events/"):
        return 0
    with hdf5.reading(path, "`t_offset`"):
        return int(hdf5.dataset(file, path, "t_offset", ())[()])


@contextmanager
def _damage(path: Path) -> Generator[None]:
    """Turns what a damaged archive raises into an error that names the file."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, ValueError, KeyError, EOFError, OSError, NotImplementedError) as error:
        raise DataError(f"it can't be read: {error or type(error).__name__}", path, AGAIN) from error
