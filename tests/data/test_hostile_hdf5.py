"""HDF5 files of strangers lead to no other file, and claim no more than they have."""

from __future__ import annotations

import os
import resource
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data import hdf5
from spikegraph.data.check import check
from spikegraph.data.chunks import Rows
from spikegraph.data.mvsec import open_recording

from .conftest import BEGIN, HEIGHT, WIDTH, Writer, events

NAME = "corridor2"
EVENTS, DEPTH = "davis/left/events", "davis/left/depth_image_rect"
INSIDE, AGAIN = "copy the data into the file itself", "copy or download it again"


def refused(folder: Path) -> tuple[str, str | None]:
    """What opening the recording says, and its help; `data check` reports the same."""
    with pytest.raises(DataError) as caught, open_recording(folder, NAME) as recording:
        recording.require_depth()
    error = caught.value
    assert error.path is not None
    (report,) = check(folder).recordings
    help = "" if error.help is None else f" ({error.help})"
    assert f"{error.path.name}: {error.summary}{help}" in report.problems
    return f"{error.path.name}: {error.summary}", error.help


def edit(folder: Path, part: str = "data") -> h5py.File:
    return h5py.File(folder / f"{NAME}_{part}.hdf5", "a")


@pytest.fixture
def folder(write_recording: Writer) -> Path:
    return write_recording(NAME, frames=3, count=500)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file elsewhere with a good table of events."""
    path = tmp_path / "elsewhere" / "secret.h5"
    path.parent.mkdir()
    with h5py.File(path, "w") as file:
        file["table"] = events(500, 0.15, 1)
    return path


def test_a_link_to_another_file(folder: Path, outside: Path) -> None:
    with edit(folder) as file:
        del file[EVENTS]
        file[EVENTS] = h5py.ExternalLink(str(outside), "/table")
    assert refused(folder) == (f"corridor2_data.hdf5: `davis/left/events` is a link to another file, '{outside}'", INSIDE)


def test_a_group_in_another_file(folder: Path, outside: Path) -> None:
    with edit(folder) as file:
        del file["davis/left"]
        file["davis/left"] = h5py.ExternalLink(str(outside), "/")
    assert refused(folder)[0] == f"corridor2_data.hdf5: `davis/left/events` is a link to another file, '{outside}'"


def test_a_soft_link_through_another_file(folder: Path, outside: Path) -> None:
    with edit(folder) as file:
        del file[EVENTS]
        file["away"] = h5py.ExternalLink(str(outside), "/")
        file[EVENTS] = h5py.SoftLink("/away/table")
    assert refused(folder)[0] == f"corridor2_data.hdf5: `davis/left/events` is a link to another file, '{outside}'"


def test_data_in_another_file(folder: Path, outside: Path) -> None:
    raw = outside.with_name("raw")
    raw.write_bytes(events(500, 0.15, 1).tobytes())
    with edit(folder) as file:
        del file[EVENTS]
        file.create_dataset(EVENTS, (500, 4), "f8", external=[(str(raw), 0, h5py.h5f.UNLIMITED)])
    assert refused(folder) == (f"corridor2_data.hdf5: `davis/left/events` has its data in another file, '{raw}'", INSIDE)


def test_a_virtual_data_set(folder: Path, outside: Path) -> None:
    layout = h5py.VirtualLayout((500, 4), "f8")
    layout[:] = h5py.VirtualSource(str(outside), "table", (500, 4))
    with edit(folder) as file:
        del file[EVENTS]
        file.create_virtual_dataset(EVENTS, layout)
    assert refused(folder) == (
        "corridor2_data.hdf5: `davis/left/events` is a virtual data set, whose data are elsewhere",
        INSIDE,
    )


def test_soft_links_within_the_file_are_followed(folder: Path) -> None:
    with edit(folder) as file:
        file.move(EVENTS, "tables/left")
        file["tables/again"] = h5py.SoftLink("left")
        file[EVENTS] = h5py.SoftLink("/tables/again")
    with open_recording(folder, NAME) as recording:
        assert len(recording.rows("left")) == 500
    assert check(folder).sound


@pytest.mark.parametrize(("first", "second"), [("/davis/left/events", "/"), ("/b", "/davis/left/events")])
def test_a_link_to_itself(folder: Path, first: str, second: str) -> None:
    with edit(folder) as file:
        del file[EVENTS]
        file[EVENTS], file["b"] = h5py.SoftLink(first), h5py.SoftLink(second)
    assert refused(folder) == (
        "corridor2_data.hdf5: `davis/left/events` is a link to itself, or more than 16 links long",
        INSIDE,
    )


@pytest.mark.parametrize("packed", [{}, {"chunks": (1000, 4), "compression": "gzip"}])
def test_a_billion_events_that_are_not_there(folder: Path, packed: dict[str, object]) -> None:
    with edit(folder) as file:
        del file[EVENTS]
        file.create_dataset(EVENTS, (10**9, 4), "f8", **packed)
    assert refused(folder) == (
        "corridor2_data.hdf5: `davis/left/events` claims [1000000000, 4] values, 32,000,000,000 bytes, but the file stores "
        "0 bytes of them",
        AGAIN,
    )


def test_a_billion_time_stamps_are_refused_before_they_are_read(folder: Path) -> None:
    with edit(folder, "gt") as file:
        del file[DEPTH], file[f"{DEPTH}_ts"]
        file.create_dataset(DEPTH, (10**9, HEIGHT, WIDTH), "f4", chunks=(1, HEIGHT, WIDTH), compression="gzip")
        stamps = file.create_dataset(f"{DEPTH}_ts", (10**9,), "f8", chunks=(10**6,), compression="gzip")
        stamps[:3] = BEGIN + np.arange(1, 4) * 0.05
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    summary, help = refused(folder)
    assert summary.startswith(f"corridor2_gt.hdf5: `{DEPTH}_ts` claims [1000000000] values, 8,000,000,000 bytes, but the file")
    assert help == AGAIN
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes


def test_time_stamps_are_read_until_the_first_that_is_wrong(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Constant time stamps pack well; ten million of them in 80 kB are refused after the first piece."""
    count = 10**7
    with edit(folder, "gt") as file:
        del file[DEPTH], file[f"{DEPTH}_ts"]
        file.create_dataset(DEPTH, (count, HEIGHT, WIDTH), "f4", chunks=(1, HEIGHT, WIDTH))
        stamps = file.create_dataset(f"{DEPTH}_ts", (count,), "f8", chunks=(10**6,), compression="gzip")
        for first in range(0, count, 10**6):
            stamps[first : first + 10**6] = BEGIN
    asked: list[tuple[int, int]] = []
    read = Rows.__call__

    def counted(self: Rows, first: int, last: int) -> object:
        asked.append((first, last))
        return read(self, first, last)

    monkeypatch.setattr(Rows, "__call__", counted)
    with pytest.raises(DataError, match="isn't ascending: frame 1 isn't later than the previous one"):
        open_recording(folder, NAME)
    assert asked == [(0, 65_536)]


def packed_events(folder: Path, **how: object) -> h5py.File:
    """The file with its left events packed in chunks."""
    file = edit(folder)
    values = file[EVENTS][:]
    del file[EVENTS]
    file.create_dataset(EVENTS, data=values, chunks=(100, 4), **how)
    return file


def test_a_chunk_shorter_than_its_checksum(folder: Path) -> None:
    """libhdf5 2.0 crashes at it."""
    with packed_events(folder, compression="gzip", fletcher32=True) as file:
        file[EVENTS].id.write_direct_chunk((200, 0), b"ab")
    (report,) = check(folder).recordings
    assert report.problems == (
        f"corridor2_data.hdf5: left events: rows from 0 on can't be read: the checksum of a chunk is wrong ({AGAIN})",
    )


@pytest.mark.parametrize(("size", "told"), [(8, "8"), (3199, "3,199"), (10**8, "3,201")])
def test_a_chunk_that_unpacks_to_another_size(folder: Path, size: int, told: str) -> None:
    """libhdf5 would read what is behind a short one in memory, and unpack the whole of a bomb."""
    with packed_events(folder, compression="gzip") as file:
        file[EVENTS].id.write_direct_chunk((200, 0), zlib.compress(bytes(size)))
    (report,) = check(folder).recordings
    assert report.problems == (
        "corridor2_data.hdf5: left events: rows from 0 on can't be read: the chunk at [200, 0] unpacks to "
        f"{told} bytes instead of 3,200 ({AGAIN})",
    )


@pytest.mark.parametrize(
    "how",
    [
        {"chunks": (7, 3), "compression": "gzip"},
        {"chunks": (7, 3), "compression": "gzip", "shuffle": True, "fletcher32": True},
        {"chunks": (64, 4), "shuffle": True},
        {"chunks": (64, 1), "fletcher32": True},
        {"chunks": (64, 4)},
        {},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["<f8", ">f4", "<i8", "u1"])
def test_rows_are_those_that_h5py_reads(tmp_path: Path, how: dict[str, Any], kind: str) -> None:
    path = tmp_path / "x.h5"
    values = np.random.default_rng(0).integers(0, 200, (150, 5)).astype(kind)
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, **how)
        if "fletcher32" not in how:
            file.create_dataset("hole", (150, 5), kind, fillvalue=7, **how)[20:30] = 1
    with h5py.File(path) as file:
        for name in file:
            rows, wanted = Rows(file[name], path), file[name][:]
            for first, last in ((0, 150), (0, 1), (10, 80), (63, 65), (140, 200), (20, 20)):
                np.testing.assert_array_equal(rows(first, last), wanted[first:last])


def test_other_filters(folder: Path) -> None:
    packed_events(folder, compression="lzf").close()
    assert refused(folder) == (
        "corridor2_data.hdf5: `davis/left/events` is compressed in another way than gzip",
        "repack the file: h5repack -f GZIP=1",
    )


def test_depth_frames_that_are_not_there(folder: Path) -> None:
    with edit(folder, "gt") as file:
        del file[DEPTH]
        file.create_dataset(DEPTH, (3, HEIGHT, WIDTH), "f4", chunks=(1, HEIGHT, WIDTH))
    summary, help = refused(folder)
    assert (summary, help) == (
        f"corridor2_gt.hdf5: `{DEPTH}` claims [3, 260, 346] values, 1,079,520 bytes, but the file stores 0 bytes of them",
        AGAIN,
    )


def test_huge_chunks(folder: Path) -> None:
    with edit(folder) as file:
        del file[EVENTS]
        file.create_dataset(EVENTS, (2**24, 4), "f8", chunks=(2**24, 4), compression="gzip")
    assert refused(folder) == (
        "corridor2_data.hdf5: `davis/left/events` has chunks of 536,870,912 bytes; at most 16,777,216 are read",
        "write smaller chunks: h5repack -l CHUNK=..., or set SPIKEGRAPH_MEMORY=4G",
    )


@pytest.mark.parametrize("value", [np.zeros(4000), np.zeros(0), h5py.Empty("f4")], ids=["long", "none", "empty"])
def test_an_attribute_that_is_not_a_value(folder: Path, value: object) -> None:
    with edit(folder) as file:
        file.attrs["rectified"] = value
    assert refused(folder) == (
        "corridor2_data.hdf5: the attribute `rectified` isn't a single short value",
        "delete or rewrite `rectified`",
    )


def test_a_time_stamp_beyond_every_clock(folder: Path) -> None:
    with edit(folder) as file:
        file[EVENTS][499, 2] = 1e300
    (report,) = check(folder).recordings
    assert "corridor2_data.hdf5: left events: row 499 has no time stamp" in report.problems


def test_only_the_first_data_sets_are_listed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5, "MOST_LISTED", 3)
    with edit(folder) as file:
        for k in range(10):
            file[f"a/{k}"] = np.zeros(1)
    (report,) = check(folder).recordings
    assert len(report.files["corridor2_data.hdf5"]) == 3


def test_a_cycle_of_groups_ends(folder: Path) -> None:
    with edit(folder) as file:
        file["davis/left/round"] = file["davis"]
    assert check(folder).sound


def test_a_pipe_in_place_of_a_file(folder: Path) -> None:
    path = folder / f"{NAME}_gt.hdf5"
    path.unlink()
    os.mkfifo(path)
    assert check(folder).recordings[0].problems == ("corridor2_gt.hdf5 is missing",)


def test_an_image_data_set_of_a_group_that_is_named_oddly(folder: Path) -> None:
    with edit(folder) as file:
        file.create_group(b"davis/\xff")
        del file["davis/left"], file["davis/right"]
    assert refused(folder) == ("corridor2_data.hdf5: there is no `davis/left/events`", "`davis` holds \\xff")
