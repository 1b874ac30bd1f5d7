"""Every kind of damage of columns in HDF5 files has its own message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from .recording_files import AGAIN, random_events, refused, require_same
from .recording_files import read as read_events

EVENTS = random_events(500)
COLUMNS: dict[str, Any] = dict(zip("xytp", EVENTS, strict=True))
NAMES = "name them x, y, t and p, at the top or in a group `events`"
SECONDS = "write times in microseconds as whole numbers, or in seconds as floating-point numbers"
NUMBERS = "write the columns as numbers"
INSIDE = "copy the data into the file itself"


@contextmanager
def hdf5(folder: Path) -> Iterator[h5py.File]:
    """A file in DSEC's layout, to be changed."""
    with h5py.File(folder / "a.h5", "w") as file:
        for name, column in COLUMNS.items():
            file[f"events/{name}"] = column.astype("i8")
        yield file


def test_no_hdf5(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    path.write_bytes(b"anything, but no HDF5")
    summary, help = refused(path)
    assert summary.startswith("this is not an HDF5 file (")
    assert help is None
    with hdf5(tmp_path):
        pass
    path.write_bytes(path.read_bytes()[:5000])
    assert refused(path) == ("the HDF5 file is truncated", AGAIN)


def test_a_data_set_is_missing_or_another(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with hdf5(tmp_path) as file:
        del file["events/p"]
    assert refused(path) == ("it has no columns x, y, t and p, but `events/t`, `events/x`, `events/y`", NAMES)
    with hdf5(tmp_path) as file:
        del file["events/p"]
        file["events/p"] = EVENTS.on[:400].astype("u1")
    assert refused(path) == ("its columns differ in length: x 500, y 500, t 500, p 400", AGAIN)
    with hdf5(tmp_path) as file:
        del file["events/t"]
        file["events/t"] = np.zeros((500, 2))
    assert refused(path) == ("`events/t` has the shape [500, 2], expected [any]", None)
    with hdf5(tmp_path) as file:
        del file["events/t"]
        file["events/t"] = [b"a"] * 500
    assert refused(path)[0] == "`events/t` holds object, not numbers"
    with hdf5(tmp_path) as file:
        file["davis/left/events"] = np.zeros((500, 5))
    assert refused(path) == ("`davis/left/events` has the shape [500, 5], expected [any, 4]", None)
    with hdf5(tmp_path) as file:
        file["t_offset"] = [1, 2]
    assert refused(path) == ("`t_offset` has the shape [2], expected []", None)


def test_polarities_of_hdf5_may_be_true_and_false(tmp_path: Path) -> None:
    with hdf5(tmp_path) as file:
        del file["events/p"]
        file["events/p"] = EVENTS.on
    require_same(read_events(tmp_path / "a.h5"), EVENTS)


@pytest.mark.parametrize("name", ["events/x", "davis/left/events"])
def test_data_in_other_files(tmp_path: Path, name: str) -> None:
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["found"] = np.zeros(500)
        file["table"] = np.zeros((500, 4))
    path = tmp_path / "a.h5"
    shape = (500, 4) if name.startswith("davis") else (500,)
    source = "/table" if name.startswith("davis") else "/found"
    with hdf5(tmp_path) as file:
        file.pop(name, None)
        file[name] = h5py.ExternalLink(str(other), source)
    assert refused(path) == (f"`{name}` is a link to another file, '{other}'", INSIDE)
    with hdf5(tmp_path) as file:
        group = name.rpartition("/")[0]
        file.pop(group, None)
        file[group] = h5py.ExternalLink(str(other), "/")
    assert refused(path) == (f"`{name}` is a link to another file, '{other}'", INSIDE)
    with hdf5(tmp_path) as file:
        file.pop(name, None)
        file.create_dataset(name, shape, "f8", external=[(str(tmp_path / "raw"), 0, h5py.h5f.UNLIMITED)])
    assert refused(path) == (f"`{name}` has its data in another file, '{tmp_path / 'raw'}'", INSIDE)
    with hdf5(tmp_path) as file:
        file.pop(name, None)
        layout = h5py.VirtualLayout(shape, "f8")
        layout[:] = h5py.VirtualSource(str(other), source[1:], shape)
        file.create_virtual_dataset(name, layout)
    assert refused(path) == (f"`{name}` is a virtual data set, whose data are elsewhere", INSIDE)


def test_a_data_set_that_claims_more_than_it_has(tmp_path: Path) -> None:
    with hdf5(tmp_path) as file:
        del file["events/t"]
        file.create_dataset("events/t", (10**9,), "i8", chunks=(10**6,), compression="gzip")
    assert refused(tmp_path / "a.h5") == (
        "`events/t` claims [1000000000] values, 8,000,000,000 bytes, but the file stores 0 bytes of them",
        AGAIN,
    )


def test_a_damaged_chunk(tmp_path: Path) -> None:
    with hdf5(tmp_path) as file:
        del file["events/t"]
        file.create_dataset("events/t", data=EVENTS.t, chunks=(100,), compression="gzip", fletcher32=True)
        file["events/t"].id.write_direct_chunk((200,), b"ab")
    assert refused(tmp_path / "a.h5") == ("events from 200 on can't be read: the checksum of a chunk is wrong", AGAIN)


def test_no_sum_of_an_offset_is_too_large(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, column in COLUMNS.items():
            file[f"events/{name}"] = column
        file["t_offset"] = np.int64(2**62)
    assert refused(tmp_path / "a.h5") == ("`t_offset` is beyond 9,007,199,254,740,992 microseconds", None)
