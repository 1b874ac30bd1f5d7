"""Readers give all events before the damage of a recording, whose error comes then."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.events.blocks import Block
from spikegraph.data.events.formats import open_events

from .recording_files import AEDAT3, aedat3_packet, random_events, write_bin, write_dat, write_faery

COUNT, WRONG = 5000, 3210
"""The number of events, and the first that is damaged."""

EVENTS = random_events(COUNT)
SECONDS = EVENTS.t / 1e6
SECONDS[WRONG] = np.nan
ROWS = np.stack([EVENTS.x, EVENTS.y, SECONDS, EVENTS.on], axis=1)


def h5(path: Path) -> None:
    """The chunk from event 3200 on is damaged."""
    with h5py.File(path, "w") as file:
        for name, column in zip("xytp", EVENTS, strict=True):
            file.create_dataset(name, data=column.astype("i4"), chunks=(200,), compression="gzip")
        info = file["y"].id.get_chunk_info_by_coord((3200,))
    data = bytearray(path.read_bytes())
    data[info.byte_offset : info.byte_offset + info.size] = bytes(info.size)
    path.write_bytes(data)


def seconds_h5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        for name, column in zip("xytp", (EVENTS.x, EVENTS.y, SECONDS, EVENTS.on), strict=True):
            file[name] = column


def mvsec(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["davis/left/events"] = ROWS


def fields(path: Path) -> None:
    table = np.zeros(COUNT, [("t", "u8"), ("x", "u2"), ("y", "u2"), ("p", "?")])
    table["x"], table["y"], table["t"], table["p"] = EVENTS
    np.save(path, table)
    path.write_bytes(path.read_bytes()[: -13 * (COUNT - WRONG) + 5])


def rows(path: Path) -> None:
    np.save(path, np.stack(EVENTS, axis=1))
    path.write_bytes(path.read_bytes()[: -32 * (COUNT - WRONG) + 31])


def short_column(path: Path) -> None:
    """An archive whose y has fewer values than it claims."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, column in zip("xytp", EVENTS, strict=True):
            content = io.BytesIO()
            np.save(content, column.astype("i4"))
            archive.writestr(f"{name}.npy", content.getvalue()[: -4 * (COUNT - WRONG)] if name == "y" else content.getvalue())


def packets(path: Path) -> None:
    first, second = EVENTS.where(slice(3000)), EVENTS.where(slice(3000, None))
    path.write_bytes((AEDAT3 + aedat3_packet(first) + aedat3_packet(second))[: -8 * (COUNT - WRONG) + 3])


def cut(write: Callable[[Path], object], size: int) -> Callable[[Path], None]:
    """A file of events of so many bytes that ends within event `WRONG`."""

    def written(path: Path) -> None:
        write(path)
        path.write_bytes(path.read_bytes()[: -size * (COUNT - WRONG) + 1])

    return written


WRITERS: dict[str, Callable[[Path], object]] = {
    "chunk.h5": h5,
    "seconds.h5": seconds_h5,
    "mvsec.hdf5": mvsec,
    "fields.npy": fields,
    "rows.npy": rows,
    "nan.npy": lambda path: np.save(path, ROWS),
    "nan.npz": lambda path: np.savez_compressed(path, x=EVENTS.x, y=EVENTS.y, t=SECONDS, p=EVENTS.on),
    "short.npz": short_column,
    "3.aedat": packets,
    "a.dat": cut(lambda path: write_dat(path, EVENTS), 8),
    "a.bin": cut(lambda path: write_bin(path, EVENTS), 5),
    "a.raw": cut(lambda path: write_faery(path, EVENTS, version="evt2"), 4),
}
EXACT = {"chunk.h5": 3200, "a.bin": None, "a.raw": None}
"""The chunk that is damaged begins earlier; files with words that aren't events have fewer."""


@pytest.mark.parametrize("name", list(WRITERS))
def test_all_events_before_the_damage_come(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    found: list[Block] = []
    with pytest.raises(DataError) as caught:
        found.extend(open_events(path).blocks())
    assert caught.value.path == path
    x, y = (np.concatenate([getattr(block, axis) for block in found]) for axis in "xy")
    wanted = EXACT.get(name, WRONG)
    assert len(x) == wanted if wanted is not None else WRONG - 300 < len(x) < COUNT - 500
    np.testing.assert_array_equal(x, EVENTS.x[: len(x)])
    np.testing.assert_array_equal(y, EVENTS.y[: len(x)])
