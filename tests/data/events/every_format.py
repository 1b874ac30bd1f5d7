"""A small recording in each format and layout that is read, for attacks on the readers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from spikegraph.data.events.blocks import Block

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

WRITERS: dict[str, Callable[[Path], object]] = {
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
