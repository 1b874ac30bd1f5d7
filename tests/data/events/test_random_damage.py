"""Bytes of recordings are changed and cut off at random: either events or an error about the data result."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from spikegraph.data.events.blocks import Block
from spikegraph.data.events.coding import Coding
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.slicing import Slicing
from spikegraph.errors import DataError

from .recording_files import (
    AEDAT3,
    aedat3_packet,
    davis_words,
    dvs128_words,
    evt21_words,
    random_events,
    write_aedat2,
    write_bin,
    write_dat,
    write_evt21,
    write_faery,
)

EVENTS = random_events(200)
CODING = Coding("counts", Slicing(4), sensor=(48, 64))
HEADER = 700
"""Half of the changes are in as many bytes at the start."""


def _hdf5(path: Path, events: Block, **how: object) -> None:
    with h5py.File(path, "w") as file:
        for name, column in zip("xytp", events, strict=True):
            file.create_dataset(f"events/{name}", data=column.astype("i4"), **how)
        file["t_offset"] = np.int64(7)


def _mvsec(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["davis/left/events"] = np.stack([EVENTS.x, EVENTS.y, EVENTS.t / 1e6, EVENTS.on * 2 - 1], axis=1)


def _fields(path: Path) -> None:
    table = np.zeros(len(EVENTS.t), [("t", "u8"), ("x", "u2"), ("y", "u2"), ("p", "?")])
    table["x"], table["y"], table["t"], table["p"] = EVENTS
    np.save(path, table)


COLUMNS = dict(zip("xytp", EVENTS, strict=True))
TABLE = np.stack([EVENTS.x, EVENTS.y, EVENTS.t / 1e6, EVENTS.on], axis=1)

WRITERS = {
    "plain.aedat4": lambda path: write_faery(path, EVENTS, compression=None),
    "packed.aedat4": lambda path: write_faery(path, EVENTS),
    "evt3.raw": lambda path: write_faery(path, EVENTS, version="evt3"),
    "evt2.raw": lambda path: write_faery(path, EVENTS, version="evt2"),
    "evt21.raw": lambda path: write_evt21(path, evt21_words(EVENTS)),
    "new.dat": lambda path: write_dat(path, EVENTS),
    "old.dat": lambda path: write_dat(path, EVENTS, version=1),
    "a.bin": lambda path: write_bin(path, EVENTS),
    "dvs128.aedat": lambda path: write_aedat2(path, dvs128_words(EVENTS), EVENTS.t),
    "davis.aedat": lambda path: write_aedat2(path, davis_words(EVENTS, (180, 240)), EVENTS.t, "davis.DAVIS240C"),
    "3.aedat": lambda path: path.write_bytes(AEDAT3 + aedat3_packet(EVENTS) + aedat3_packet(EVENTS, 1, 300)),
    "columns.h5": lambda path: _hdf5(path, EVENTS),
    "packed.h5": lambda path: _hdf5(path, EVENTS, chunks=(50,), compression="gzip", shuffle=True, fletcher32=True),
    "mvsec.hdf5": _mvsec,
    "stored.npz": lambda path: np.savez(path, **COLUMNS),
    "packed.npz": lambda path: np.savez_compressed(path, **COLUMNS),
    "fields.npy": _fields,
    "rows.npy": lambda path: np.save(path, TABLE),
    "by_column.npy": lambda path: np.save(path, np.asfortranarray(TABLE)),
}


def damaged(data: bytes, number: int) -> bytes:
    """One of the damaged forms of a file: bytes replaced, bits flipped, or the end cut off."""
    random = np.random.default_rng(number)
    changed = bytearray(data[: random.integers(len(data))] if number % 4 == 0 else data)
    for _ in range(random.integers(1, 6)):
        if changed:
            at = random.integers(min(HEADER, len(changed)) if number % 2 else len(changed))
            changed[at] = random.integers(256) if number % 3 else changed[at] ^ 1 << int(random.integers(8))
    return bytes(changed)


def read_all(path: Path, data: bytes, numbers: range) -> dict[str, int]:
    """How many of the damaged forms were read, and refused."""
    outcomes = {"read": 0, "refused": 0}
    for number in numbers:
        path.write_bytes(damaged(data, number))
        try:
            file = open_events(path)
            file.size()
            assert CODING.encoded(file).sum() > 0
            outcomes["read"] += 1
        except DataError as error:
            assert error.path == path
            assert error.summary
            outcomes["refused"] += 1
    return outcomes


@pytest.mark.parametrize("name", list(WRITERS))
def test_either_events_or_an_error_about_the_data(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    outcomes = read_all(path, path.read_bytes(), range(300))
    assert outcomes["refused"] > 50
    assert sum(outcomes.values()) == 300


@pytest.mark.parametrize("suffix", [".aedat4", ".aedat", ".raw", ".dat", ".h5", ".npz", ".npy"])
def test_random_bytes_are_refused(tmp_path: Path, suffix: str) -> None:
    random = np.random.default_rng(1)
    for size in (1, 2, 7, 64, 5000):
        path = tmp_path / f"a{suffix}"
        path.write_bytes(random.bytes(size))
        with pytest.raises(DataError):
            CODING.encoded(open_events(path))
