"""Every kind of missing or damaged file of a sequence of DSEC has its own message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data import camera_events
from spikegraph.data.dsec import open_sequence
from spikegraph.data.sets import data_sets

from .conftest import declaration
from .dsec_files import HEIGHT, OFFSET, WIDTH, raw_events, write_disparity, write_events, write_sequence

NAME = "thun_00_a"
LEFT, TRUTH = "events/left/events.h5", "disparity/event"
AGAIN = "copy or download it again"
INSTALL = 'pip install "spikegraph[events]"'


@pytest.fixture
def at(tmp_path: Path) -> Path:
    """The folder of a sound sequence."""
    return write_sequence(tmp_path, NAME, disparities=3, count=1000).folder


def message(at: Path, read: bool = True) -> tuple[str, str, str | None]:
    """The file, the error and the help of opening a sequence and reading all of it."""
    with pytest.raises(DataError) as caught:
        recording = open_sequence(at.parents[1], at.name)
        for k in recording.frames if read else ():
            recording.disparity(k)
        for side in ("left", "right"):
            recording.events(side, 0, 1e9)
    path = caught.value.path
    assert path is not None
    return str(path.relative_to(at) if path.is_relative_to(at) else path), caught.value.summary, caught.value.help


def rewritten(at: Path, **replaced: Any) -> Path:
    """The same sequence with other left events."""
    write_events(at / LEFT, raw_events(1000, 200_000, 0), **replaced)
    return at


def column(name: str, row: int, value: int) -> dict[str, Any]:
    """A column of the left events with another value in one row."""
    values = raw_events(1000, 200_000, 0)[:, "xytp".index(name)].copy()
    values[row] = value
    return {name: values}


def test_folders(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        open_sequence(tmp_path / "nowhere", NAME)
    assert caught.value.summary == "there is no such folder"
    with pytest.raises(DataError) as caught:
        open_sequence(tmp_path, NAME)
    assert (caught.value.summary, caught.value.help) == (
        "the folder has no sequence in DSEC's layout",
        "it must have `train/SEQUENCE/events`",
    )
    write_sequence(tmp_path, "zurich_city_00_a", disparities=3, count=10)
    with pytest.raises(DataError) as caught:
        open_sequence(tmp_path, NAME)
    assert (caught.value.path, caught.value.summary, caught.value.help) == (
        tmp_path / "train" / NAME,
        "the sequence `thun_00_a` is missing",
        "name the sequences to use in the data set's lists; the folder has zurich_city_00_a",
    )


def test_a_test_sequence_of_the_benchmark(tmp_path: Path) -> None:
    at = write_sequence(tmp_path, "thun_01_a", part="test", disparities=0, count=10).folder
    assert message(at) == (
        "disparity",
        "the sequence has no disparities",
        "download them; those of the benchmark's test sequences aren't published",
    )


def test_missing_files(at: Path) -> None:
    (at / LEFT).rename(at / "kept")
    assert message(at) == (LEFT, "no such file", None)
    (at / "kept").rename(at / LEFT)
    (at / "events/right/rectify_map.h5").unlink()
    assert message(at) == (
        "events/right/rectify_map.h5",
        "the rectification map is missing",
        "it is in the same archive as the events",
    )


@pytest.mark.parametrize(
    ("replaced", "summary", "help"),
    [
        ({"x": None}, "there is no `events/x`", "`events` holds p, t, y"),
        ({"ms_to_idx": None}, "there is no `ms_to_idx`", "the file holds events, t_offset"),
        ({"t": np.zeros(1000, np.float32)}, "`events/t` holds float32, not whole numbers", None),
        ({"t": np.zeros((10, 100), np.int32)}, "`events/t` has the shape [10, 100], expected [any]", None),
        ({"p": np.zeros(999, np.uint8)}, "`events/p` has 999 values, but `events/t` has 1,000", AGAIN),
        ({"ms_to_idx": np.zeros(0, np.uint64)}, "`ms_to_idx` is empty", AGAIN),
        ({"t_offset": np.int64(-1)}, "`t_offset` is -1, which isn't a time in microseconds", AGAIN),
        ({"t_offset": np.zeros(2, np.int64)}, "`t_offset` has the shape [2], expected []", None),
        (column("x", 5, 640), "left events: event 5 lies at x = 640, y = {y}, outside the 640 x 480 frame", None),
        (column("y", 6, 480), "left events: event 6 lies at x = {x}, y = 480, outside the 640 x 480 frame", None),
        (column("p", 7, 2), "left events: event 7 has polarity 2; it must be 0 or 1", None),
        (column("t", 500, 5), "left events are not sorted by time: event 500 is earlier than the previous one", None),
    ],
)
def test_wrong_events(at: Path, replaced: dict[str, Any], summary: str, help: str | None) -> None:
    raw = raw_events(1000, 200_000, 0)
    assert message(rewritten(at, **replaced)) == (LEFT, summary.format(x=raw[6, 0], y=raw[5, 1]), help)


def test_no_events(at: Path) -> None:
    write_events(at / LEFT, np.zeros((0, 4), np.int64))
    assert message(at) == (LEFT, "there are no events in it", None)


@pytest.mark.parametrize(
    ("index", "summary"),
    [
        ([0] * 60, "`ms_to_idx` doesn't fit the times of the events at 50 ms, or they aren't sorted"),
        ([1000] * 60, "`ms_to_idx` doesn't fit the times of the events at 50 ms, or they aren't sorted"),
        ([0] * 50 + [7, 3], "`ms_to_idx` has 7 and 3 at 50 ms of 1,000 events"),
        ([0] * 50 + [3, 1001], "`ms_to_idx` has 3 and 1001 at 50 ms of 1,000 events"),
        ([0] * 50 + [2**63, 2**63 + 1], "`ms_to_idx` has 9223372036854775808 and 9223372036854775809 at 50 ms of 1,000 events"),
    ],
)
def test_a_wrong_index(at: Path, index: list[int], summary: str) -> None:
    rewritten(at, ms_to_idx=np.array(index, np.uint64))
    recording = open_sequence(at.parents[1], at.name)
    with pytest.raises(DataError) as caught:
        recording.events("left", (OFFSET + 50_500) / 1e6, 1e9)
    assert (caught.value.summary, caught.value.help) == (summary, AGAIN)


def test_a_window_with_more_events_than_a_sensor_sends(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_events, "MOST_EVENTS", 500)
    assert message(at) == (LEFT, "left events: a window has 1,000 events; at most 500 are read", "make `stack` shorter")


def map_of(shape: tuple[int, ...] = (HEIGHT, WIDTH, 2), value: float = 0) -> Callable[[h5py.File], None]:
    def write(file: h5py.File) -> None:
        del file["rectify_map"]
        file["rectify_map"] = np.full(shape, value, np.float32)

    return write


@pytest.mark.parametrize(
    ("change", "summary", "help"),
    [
        (map_of((480, 640)), "`rectify_map` has the shape [480, 640], expected [480, 640, 2]", None),
        (map_of((260, 346, 2)), "`rectify_map` has the shape [260, 346, 2], expected [480, 640, 2]", None),
        (map_of(value=np.nan), "the rectification map has non-finite values", None),
        (lambda file: file.move("rectify_map", "map"), "there is no `rectify_map`", "the file holds map"),
    ],
)
def test_a_wrong_map(at: Path, change: Callable[[h5py.File], None], summary: str, help: str | None) -> None:
    with h5py.File(at / "events/left/rectify_map.h5", "a") as file:
        change(file)
    assert message(at) == ("events/left/rectify_map.h5", summary, help)


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("1\n2\n", "it has 2 time stamps, but `event` beside it has 3 disparities"),
        ("1\n2\n3.5\n", "line 3 isn't a time in whole microseconds: `3.5`"),
        ("1\n-2\n3\n", "line 2 isn't a time in whole microseconds: `-2`"),
        ("1\n\n2\n2\n", "line 4 isn't later than the one before: 2"),
        (f"1\n2\n{10**18}\n", f"line 3 isn't a time in whole microseconds: `{10**18}`"),
        ("\n", "there are no time stamps in it"),
    ],
)
def test_wrong_times(at: Path, text: str, summary: str) -> None:
    (at / "disparity/timestamps.txt").write_text(text)
    assert message(at) == ("disparity/timestamps.txt", summary, None)


def test_no_times(at: Path) -> None:
    (at / "disparity/timestamps.txt").unlink()
    assert message(at) == ("disparity/timestamps.txt", "the time stamps can't be read: No such file or directory", None)


@pytest.mark.parametrize(
    ("image", "summary"),
    [
        (np.zeros((480, 640), np.uint8), "the image is 8-bit grey; it must be 16-bit grey"),
        (np.zeros((480, 640, 3), np.uint8), "the image is RGB; it must be 16-bit grey"),
        (np.zeros((440, 640), np.uint16), "the image has 440 x 640 pixels, expected 480 x 640"),
    ],
)
def test_a_wrong_disparity(at: Path, image: Any, summary: str) -> None:
    write_disparity(at / TRUTH / "000002.png", image)
    assert message(at) == (f"{TRUTH}/000002.png", summary, None)


def test_damaged_disparities(at: Path) -> None:
    path = at / TRUTH / "000002.png"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert message(at) == (f"{TRUTH}/000002.png", "the image can't be read: image file is truncated", None)
    path.write_bytes(b"no image")
    summary = "the image can't be read: it isn't BMP, JPEG, PNG, PPM, TIFF or WEBP"
    assert message(at) == (f"{TRUTH}/000002.png", summary, None)
    for path in (at / TRUTH).iterdir():
        path.unlink()
    assert message(at) == (TRUTH, "there are no disparities in it (files such as 000000.png)", None)


def test_only_one_disparity(tmp_path: Path) -> None:
    at = write_sequence(tmp_path, NAME, disparities=1, count=10).folder
    assert message(at) == ("disparity", "there is only one disparity, before which there are no events", None)


def test_truncated_and_damaged_events(at: Path) -> None:
    whole = (at / LEFT).read_bytes()
    (at / LEFT).write_bytes(whole[:3000])
    assert message(at) == (LEFT, "the HDF5 file is truncated", AGAIN)
    write_events(at / LEFT, raw_events(1000, 200_000, 0), dict(hdf5plugin.Blosc(cname="zstd")))
    with h5py.File(at / LEFT, "a") as file:
        file["events/y"].id.write_direct_chunk((0,), b"\2\1\x20\1" + bytes(100))
    assert message(at) == (
        LEFT,
        "left events: events from 0 on can't be read: a chunk of Blosc unpacks to 0 bytes instead of 2,000",
        AGAIN,
    )


@pytest.mark.parametrize(
    ("how", "name"), [(hdf5plugin.Blosc(), "Blosc"), (hdf5plugin.Zstd(), "Zstandard"), (hdf5plugin.LZ4(), "LZ4")]
)
def test_without_hdf5plugin(at: Path, how: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_events(at / LEFT, raw_events(1000, 200_000, 0), dict(how))
    monkeypatch.setattr("spikegraph.data.blosc.is_available", lambda: False)
    assert message(at) == (LEFT, f"`events/x` is compressed with {name}, which needs hdf5plugin", INSTALL)


def test_wrong_lists(at: Path, tmp_path: Path) -> None:
    def refused(folder: Path | None, **keys: object) -> tuple[str, str | None]:
        with pytest.raises(DataError) as caught:
            data_sets(declaration(source="dsec", **keys), folder, seed=0)
        return caught.value.summary, caught.value.help

    assert refused(None) == ("the data set `mvsec` needs a folder in DSEC's layout", "give it with --data DIR")
    assert refused(tmp_path, train=f"[{NAME}]", validation=f"[{NAME}]") == (
        "the sequence `thun_00_a` is in `train` and in `validation`",
        "leave it in one of them",
    )
    for name in ("b", "c"):
        write_sequence(tmp_path, name, disparities=3, count=10)
    assert refused(tmp_path, train=f"[{NAME}]", validation="[b]", test="[c]") == (
        "no sequence of `validation` (b) has 11 disparities",
        "lower `every`",
    )
    assert refused(tmp_path, train=f"[{NAME}]", validation="[b]", test="[c]", every=1) == (
        "the training part has 2 labelled frames, but a sample needs 6",
        None,
    )
