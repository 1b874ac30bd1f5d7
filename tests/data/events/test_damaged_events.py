"""Every kind of damage of a recording has its own message, with the file and what helps."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.events import binary
from spikegraph.data.events.coding import Coding
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.slicing import Slicing

from .recording_files import (
    AEDAT2,
    AEDAT3,
    AGAIN,
    TRUNCATED,
    aedat3_packet,
    random_events,
    refused,
    write_aedat2,
    write_dat,
    write_faery,
)

EVENTS = random_events(500)
SUFFIXES = (".aedat4", ".aedat", ".raw", ".dat", ".bin", ".h5", ".hdf5", ".npz", ".npy")


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


# All formats.


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_missing_empty_or_no_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    assert refused(path) == ("there is no such file", None)
    path.mkdir()
    assert refused(path) == ("it is a folder, not a file", None)
    path.rmdir()
    assert refused(written(path, b"")) == ("the file is empty", AGAIN)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_permission(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / f"a{suffix}", b"abc")

    def denied(self: Path, *arguments: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", denied)
    assert refused(path) == ("it can't be read: Permission denied", None)


def test_the_end_of_the_name(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        open_events(tmp_path / "a.txt")
    assert caught.value.message == f"{tmp_path / 'a.txt'}: it isn't known as an event recording"
    assert caught.value.help == "names of recordings end in .aedat4, .aedat, .raw, .dat, .bin, .h5, .hdf5, .npz, .npy"


@pytest.mark.parametrize("name", ["a.dat", "a.aedat4", "a.raw", "a.bin", "a.aedat"])
def test_no_event(tmp_path: Path, name: str) -> None:
    none = EVENTS.where(slice(0))
    path = tmp_path / name
    if name == "a.dat":
        write_dat(path, none)
    elif name == "a.aedat4":
        write_faery(path, none)
    elif name == "a.raw":
        written(path, b"% evt 3.0\n% geometry 64x48\n% end\n")
    elif name == "a.bin":
        written(path, bytes([0, 240, 0, 0, 0]))
    else:
        write_aedat2(path, np.zeros(0, int), np.zeros(0, int))
    assert refused(path) == ("there is no event", None)


def test_no_event_in_columns(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **{key: np.zeros(0) for key in "xytp"})
    assert refused(tmp_path / "a.npz") == ("there is no event", None)
    np.save(tmp_path / "a.npy", np.zeros((0, 4)))
    assert refused(tmp_path / "a.npy") == ("there is no event", None)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for key in "xytp":
            file[key] = np.zeros(0)
    assert refused(tmp_path / "a.h5") == ("there is no event", None)


def test_the_sensor(tmp_path: Path) -> None:
    path = write_dat(tmp_path / "a.dat", EVENTS)
    help = "write the sensor's height and width in the data set, such as `sensor = [260, 346]`"
    k = int(np.argmax(EVENTS.y >= 40))
    assert refused(path, (40, 64)) == (f"an event is at x = {EVENTS.x[k]}, y = {EVENTS.y[k]}, outside the 64 x 40 sensor", help)
    help = "write its height and width in the data set, such as `sensor = [260, 346]`"
    assert refused(path, None) == ("it doesn't tell the size of its sensor", help)
    with pytest.raises(DataError) as caught:
        Coding("counts", Slicing(4), (48, 64), (48, 128)).encoded(open_events(path))
    assert caught.value.summary == "its sensor has 48 x 64 pixels, fewer than the 48 x 128 to which they are joined"
    assert caught.value.help == "write a smaller `size` in the data set"


def test_a_negative_coordinate(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=[3, -2], y=[0, 0], t=[0, 1], p=[0, 1])
    assert refused(tmp_path / "a.npz")[0] == "an event is at x = -2, y = 0, outside the 64 x 48 sensor"


@pytest.mark.parametrize("by", ["time", "count"])
def test_microseconds_that_were_written_as_seconds(tmp_path: Path, by: Any) -> None:
    np.savez(tmp_path / "a.npz", x=EVENTS.x, y=EVENTS.y, t=EVENTS.t.astype(float), p=EVENTS.on)
    first, last = EVENTS.t[0], EVENTS.t[-1]
    assert refused(tmp_path / "a.npz", slicing=Slicing(4, by)) == (
        f"its time stamps are from {first},000,000 to {last:,},000,000 microseconds, which is 3.5 days",
        "the file is damaged, or its times aren't in microseconds",
    )


# DAT, and events of 40 bits.


def test_dat(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    data = write_dat(path, EVENTS).read_bytes()
    at = data.index(bytes([12, 8]))
    assert refused(written(path, b"no header\n" + data)) == ("it has no header: its first line must begin with `%`", AGAIN)
    assert refused(written(path, data[:at])) == ("it ends after its header", TRUNCATED)
    assert refused(written(path, data[: at + 1])) == ("it ends after its header", TRUNCATED)
    assert refused(written(path, data[:-3])) == ("it ends within an event: 5 of 8 bytes", TRUNCATED)
    assert refused(write_dat(path, EVENTS, kind=14)) == (
        "its events have the type 14 and 8 bytes; type 0 or 12 and 8 bytes are read",
        None,
    )
    assert refused(write_dat(path, EVENTS, size=16))[0] == (
        "its events have the type 12 and 16 bytes; type 0 or 12 and 8 bytes are read"
    )
    assert refused(written(path, data[: at + 2])) == ("there is no event", None)


def test_a_header_without_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binary, "LONGEST_HEADER", 1000)
    path = written(tmp_path / "a.dat", b"% 34567\n" * 500)
    assert refused(path) == ("its header is longer than 1,000 bytes", AGAIN)


def test_bin(tmp_path: Path) -> None:
    path = written(tmp_path / "a.bin", bytes(23))
    assert refused(path) == ("it ends within an event: 3 of 5 bytes", TRUNCATED)


# AEDAT 2.0 and 3.1.


def test_other_versions_of_aedat(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    assert refused(written(path, b"anything\n")) == ("it isn't AEDAT: its first line must begin with `#!AER-DAT`", AGAIN)
    summary = "it is AEDAT {}; versions 2.0 and 3.1 are read from `.aedat` files"
    assert refused(written(path, b"#!AER-DAT1.0\r\n")) == (summary.format("1.0"), None)
    assert refused(written(path, b"#!AER-DAT3.0\r\n")) == (summary.format("3.0"), None)
    assert refused(written(path, b"#!AER-DAT4.0\r\n")) == (summary.format("4.0"), "name it `.aedat4`")


def test_aedat2(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    assert refused(written(path, AEDAT2.encode() + bytes(20))) == ("it ends within an event: 4 of 8 bytes", TRUNCATED)
    assert refused(written(path, AEDAT2.encode())) == ("there is no event", None)
    write_aedat2(path, np.zeros(1, int), np.zeros(1, int), "cochlea.CochleaAMS1c")
    assert refused(path) == (
        "its chip `eu.seebetter.ini.chips.cochlea.CochleaAMS1c` isn't known; known are DVS128 and DAVIS 208, 240, 346 and 640",
        None,
    )


def packet(kind: int = 1, size: int = 8, capacity: int = 2, number: int = 2) -> bytes:
    return struct.pack("<HHIIIIII", kind, 0, size, 4, 0, capacity, number, number) + bytes(size * capacity % 1000)


@pytest.mark.parametrize(
    ("data", "summary", "help"),
    [
        (packet()[:20], "it ends within a packet's header", TRUNCATED),
        (packet() + packet()[:5], "it ends within a packet's header", TRUNCATED),
        (packet()[:-1], "it ends within a packet", TRUNCATED),
        (packet(kind=2, size=300)[:-301], "it ends within a packet", TRUNCATED),
        (packet(number=3), "a packet at byte {} claims 3 of 2 events of 8 bytes", AGAIN),
        (packet(size=0), "a packet at byte {} claims 2 of 2 events of 0 bytes", AGAIN),
        (packet(size=2**31), "a packet at byte {} claims 2 of 2 events of 2,147,483,648 bytes", AGAIN),
        (packet(capacity=2**32 - 1), "a packet at byte {} claims 2 of 4,294,967,295 events of 8 bytes", AGAIN),
        (packet(size=12), "its polarity events have 12 bytes, not 8", AGAIN),
        (packet(kind=2), "there is no event", None),
        (packet(number=0), "there is no event", None),
    ],
)
def test_aedat3(tmp_path: Path, data: bytes, summary: str, help: str | None) -> None:
    assert refused(written(tmp_path / "a.aedat", AEDAT3 + data)) == (summary.format(len(AEDAT3)), help)


def test_an_overflow_that_was_none(tmp_path: Path) -> None:
    path = written(tmp_path / "a.aedat", AEDAT3 + aedat3_packet(EVENTS) + aedat3_packet(EVENTS, overflow=2**32 - 1))
    summary, help = refused(path)
    assert summary.endswith("microseconds, which is 106,751,991.1 days")
    assert help == "the file is damaged, or its times aren't in microseconds"
