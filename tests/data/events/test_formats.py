"""Each format of recordings, compared with another reader or writer of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spikegraph.data.events import blocks
from spikegraph.data.events.blocks import LARGEST, Block
from spikegraph.data.events.coding import Coding
from spikegraph.data.events.columns import Hdf5File
from spikegraph.data.events.formats import open_events, suffixes
from spikegraph.data.events.slicing import Slicing

from .recording_files import (
    evt21_words,
    random_events,
    read,
    require_same,
    spikingjelly_module,
    write_bin,
    write_dat,
    write_evt21,
    write_faery,
)

EVENTS = random_events()


def test_the_ends_of_names() -> None:
    assert suffixes() == (".aedat4", ".aedat", ".raw", ".dat", ".bin", ".h5", ".hdf5", ".npz", ".npy")
    assert type(open_events(Path("A.H5"))).__name__ == "Hdf5File"


@pytest.mark.parametrize("compression", [None, ("lz4", 1), ("zstd", 3)])
def test_aedat4(tmp_path: Path, compression: object) -> None:
    import aedat

    path = write_faery(tmp_path / "a.aedat4", EVENTS, compression=compression)
    require_same(read(path), EVENTS)
    assert open_events(path).size() == (48, 64)
    decoder = aedat.Decoder(str(path))
    other = np.concatenate([packet["events"] for packet in decoder if "events" in packet])
    require_same(read(path), (other["x"], other["y"], other["t"], other["on"]))


@pytest.mark.parametrize("version", ["evt2", "evt3"])
def test_evt_as_faery_writes_it(tmp_path: Path, version: str) -> None:
    path = write_faery(tmp_path / "a.raw", EVENTS, version=version, zero_t0=False)
    require_same(read(path), EVENTS)
    assert open_events(path).size() == (48, 64)


@pytest.mark.parametrize("name", ["a.aedat4", "evt2.raw", "evt3.raw", "dat1.dat", "dat2.dat"])
def test_times_of_day_as_faery_writes_them(tmp_path: Path, name: str) -> None:
    """Microseconds since 1970: except in AEDAT 4, the header has the first one, and the events what is left."""
    events = EVENTS._replace(t=EVENTS.t + 1_600_000_000_000_000)
    how = {} if name == "a.aedat4" else {"version": Path(name).stem}
    require_same(read(write_faery(tmp_path / name, events, **how)), events)


def test_the_time_of_evt2_begins_again(tmp_path: Path) -> None:
    """28 bits of a word of time and 6 of an event are 4.8 hours."""
    t = np.array([2**34 - 70, 2**34 - 64, 2**34 - 1, 2**34, 2**34 + 100])
    words: list[int] = []
    for when in t.tolist():
        words += [8 << 28 | (when >> 6) % 2**28, 1 << 28 | (when & 63) << 22 | 5 << 11 | 7]
    path = tmp_path / "a.raw"
    # Before the first word of time an event has none; triggers (10) and words of makers (14) are no events.
    words = [1 << 28 | 1 << 11 | 1, *words, 10 << 28 | 1 << 8, 14 << 28]
    path.write_bytes(b"% evt 2.0\n" + np.array(words, "<u4").tobytes())
    require_same(read(path), (np.full(5, 5), np.full(5, 7), t, np.ones(5)))
    assert open_events(path).size() is None


@pytest.mark.parametrize("order", ["little", "legacy"])
def test_evt21(tmp_path: Path, order: str) -> None:
    events = random_events(size=(48, 32))
    path = write_evt21(tmp_path / "a.raw", evt21_words(events), order)
    require_same(read(path), events)
    assert open_events(path).size() == (48, 64)
    told_by_first_word = write_evt21(tmp_path / "b.raw", evt21_words(events), order, "% evt 2.1\n% geometry 64x48\n% end\n")
    require_same(read(told_by_first_word), events)


def test_a_word_of_evt21_has_up_to_32_events(tmp_path: Path) -> None:
    mask = 0b1000_0000_0000_0000_0000_0000_0001_0101
    words = [8 << 60 | 3 << 32, 1 << 60 | 9 << 54 | 32 << 43 | 40 << 32 | mask, 7 << 54 | 0 << 43 | 41 << 32 | 2**32 - 1]
    found = read(write_evt21(tmp_path / "a.raw", words))
    assert found.x.tolist() == [32, 34, 36, 63, *range(32)]
    assert found.y.tolist() == [40] * 4 + [41] * 32
    assert found.t.tolist() == [3 * 64 + 9] * 4 + [3 * 64 + 7] * 32
    assert found.on.tolist() == [True] * 4 + [False] * 32


@pytest.mark.parametrize("version", [1, 2])
def test_dat_as_faery_writes_it(tmp_path: Path, version: int) -> None:
    path = write_faery(tmp_path / "a.dat", EVENTS, version=f"dat{version}", zero_t0=False)
    require_same(read(path), EVENTS)
    assert open_events(path).size() == (48, 64)


@pytest.mark.parametrize("version", [1, 2])
def test_dat_from_its_layout(tmp_path: Path, version: int) -> None:
    path = write_dat(tmp_path / "a.dat", EVENTS, version, kind=0)
    require_same(read(path), EVENTS)
    assert open_events(path).size() is None
    largest = Block(np.array([303, 0]), np.array([239, 0]), np.array([0, 5]), np.array([True, False]))
    require_same(read(write_dat(path, largest, version)), largest)


def test_the_time_of_dat_begins_again(tmp_path: Path) -> None:
    """Also where an event from before the turn comes after it, and twice."""
    t = np.array([2**32 - 9, 2**32 - 2, 2**32 + 1, 2**32 - 1, *(2**32 + 2**30 * np.arange(1, 6))])
    events = Block(np.arange(9), np.arange(9), t, np.arange(9) % 2 == 0)
    require_same(read(write_dat(tmp_path / "a.dat", events)), events)


def test_bin_as_spikingjelly_reads_it(tmp_path: Path) -> None:
    path = write_bin(tmp_path / "a.bin", random_events(size=(34, 34)))
    require_same(read(path), random_events(size=(34, 34)))
    other = spikingjelly_module("utils").load_ATIS_bin(path)
    require_same(read(path), [other[key] for key in "xytp"])
    assert open_events(path).size() is None


def test_rows_of_bin_that_mark_an_overflow(tmp_path: Path) -> None:
    events = random_events(2000, (34, 34), 300_000)
    t = np.concatenate([events.t[:1000], events.t[1000:] + 3 * 8192])
    events = events._replace(t=t)
    require_same(read(write_bin(tmp_path / "a.bin", events, marks=[1000, 1000, 1500])), events)


def test_overflows_of_bin_before_the_first_events_of_a_block(tmp_path: Path) -> None:
    """Two overflows in the first block, one of them at its start, and one in the second."""
    rows = np.zeros((LARGEST + 100, 5), np.uint8)
    rows[:, 2] = 0x80
    rows[:, 4] = np.arange(len(rows)) % 200
    marks = np.array([0, 70_000, LARGEST + 50])
    rows[marks] = 0, 240, 0, 0, 0
    (tmp_path / "a.bin").write_bytes(rows.tobytes())
    k = np.delete(np.arange(len(rows)), marks)
    expected = k % 200 + 8192 * (1 + (k > 70_000) + (k > LARGEST + 50))
    np.testing.assert_array_equal(read(tmp_path / "a.bin").t, expected)


def columns(dtype: str = "u2") -> dict[str, Any]:
    return {"x": EVENTS.x.astype(dtype), "y": EVENTS.y.astype(dtype), "t": EVENTS.t, "p": EVENTS.on.astype("i1")}


@pytest.mark.parametrize("how", [{}, {"chunks": (1000,), "compression": "gzip", "shuffle": True}])
@pytest.mark.parametrize("group", ["", "events/"])
def test_hdf5_with_columns(tmp_path: Path, group: str, how: dict[str, Any]) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, column in columns().items():
            file.create_dataset(group + name, data=column, **how)
        file["other/x"] = np.zeros(3)
    require_same(read(tmp_path / "a.h5"), EVENTS)
    assert open_events(tmp_path / "a.h5").size() is None


def test_hdf5_in_dsec_layout(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, column in columns().items():
            file[f"events/{name}"] = column.astype("u4") if name == "t" else column
        file["ms_to_idx"], file["t_offset"] = np.zeros(300, "u8"), np.int64(50_000_000_000)
    require_same(read(tmp_path / "a.h5"), EVENTS, shift=50_000_000_000)


def test_hdf5_in_mvsec_layout(tmp_path: Path) -> None:
    begin = 1_504_645_177.25
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["davis/left/events"] = np.stack([EVENTS.x, EVENTS.y, begin + EVENTS.t / 1e6, EVENTS.on * 2.0 - 1], axis=1)
    require_same(read(tmp_path / "a.hdf5"), EVENTS, shift=1_504_645_177_250_000)
    assert open_events(tmp_path / "a.hdf5").size() == (260, 346)


def test_columns_under_other_names_and_links_within_the_file(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["events/xs"], file["events/ys"], file["kept"] = EVENTS.x, EVENTS.y, EVENTS.t
        file["events/ts"], file["events/ps"] = h5py.SoftLink("/kept"), EVENTS.on.astype("u1")
    require_same(read(tmp_path / "a.h5"), EVENTS)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_npz(tmp_path: Path, write: Any) -> None:
    write(tmp_path / "a.npz", polarity=EVENTS.on, timestamps=EVENTS.t, x=EVENTS.x.astype(">i4"), y=EVENTS.y.astype("f4"))
    require_same(read(tmp_path / "a.npz"), EVENTS)
    write(tmp_path / "b.npz", x=EVENTS.x, y=EVENTS.y, t=EVENTS.t / 1e6, p=EVENTS.on * 2 - 1)  # times in seconds
    require_same(read(tmp_path / "b.npz"), EVENTS)
    assert open_events(tmp_path / "a.npz").size() is None


def test_npy_with_fields(tmp_path: Path) -> None:
    kinds = [("p", "?"), ("t_us", "u8"), ("x", "i2"), ("y", "u1"), ("more", "f8")]
    table = np.zeros(len(EVENTS.t), kinds)
    table["x"], table["y"], table["t_us"], table["p"] = EVENTS
    np.save(tmp_path / "a.npy", table)
    require_same(read(tmp_path / "a.npy"), EVENTS)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["i8", "u4", "f8"])
def test_npy_with_four_columns(tmp_path: Path, kind: str, order: Any) -> None:
    t = EVENTS.t / 1e6 if kind == "f8" else EVENTS.t
    table = np.stack([EVENTS.x, EVENTS.y, t, EVENTS.on], axis=1)
    np.save(tmp_path / "a.npy", np.asarray(table.astype(kind), order=order))
    require_same(read(tmp_path / "a.npy"), EVENTS)


@pytest.mark.parametrize("name", ["a.dat", "a.bin", "a.raw", "a.h5", "b.h5", "a.npz", "a.npy", "b.npy"])
def test_more_events_than_a_block_has(tmp_path: Path, name: str) -> None:
    count = LARGEST + 1234
    events = random_events(count, duration=5_000_000)
    path = tmp_path / name
    if name == "a.dat":
        write_dat(path, events)
    elif name == "a.bin":
        times = np.zeros((count, 8), np.uint8)
        times[:] = events.t.astype(">u8")[:, None].view(np.uint8)
        rows = np.stack([events.x, events.y, times[:, 5] | events.on << 7, times[:, 6], times[:, 7]], axis=1)
        path.write_bytes(rows.astype(np.uint8).tobytes())
    elif name == "a.raw":
        pairs = np.stack([8 << 28 | events.t >> 6, events.on << 28 | (events.t & 63) << 22 | events.x << 11 | events.y], axis=1)
        path.write_bytes(b"% evt 2.0\n% end\n" + pairs.astype("<u4").tobytes())
    elif name == "a.h5":
        with h5py.File(path, "w") as file:
            for key, column in zip("xytp", events, strict=True):
                file.create_dataset(key, data=column.astype("i8"), chunks=(50_000,), compression="gzip", compression_opts=1)
    elif name == "b.h5":
        with h5py.File(path, "w") as file:
            file["davis/left/events"] = np.stack([events.x, events.y, events.t / 1e6, events.on * 2 - 1], axis=1)
    elif name == "a.npz":
        np.savez(path, **dict(zip("xytp", events, strict=True)))
    else:
        table = np.stack([events.x, events.y, events.t, events.on], axis=1)
        np.save(path, np.asfortranarray(table) if name == "b.npy" else table)
    require_same(read(path), events)
    assert all(len(block.t) <= LARGEST for block in open_events(path).blocks())
    assert len(list(open_events(path).blocks())) >= 2


def test_a_block_has_no_more_events_than_it_says() -> None:
    assert blocks.PIECE <= LARGEST
    assert Hdf5File(Path("a")).part == ""


def test_columns_of_any_whole_numbers_are_encoded_alike(tmp_path: Path) -> None:
    expected = None
    for kind in ("u1", "u2", "u4", "u8", ">u8", "i8", "f4"):
        path = tmp_path / f"{kind.strip('>')}.npz"
        np.savez(path, x=EVENTS.x.astype(kind), y=EVENTS.y.astype(kind), t=EVENTS.t, p=EVENTS.on)
        found = Coding("counts", Slicing(3), (48, 64)).encoded(open_events(path))
        expected = found if expected is None else expected
        np.testing.assert_array_equal(found, expected)
        assert found.sum() == len(EVENTS.t)
