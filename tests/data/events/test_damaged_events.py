"""Every kind of damage of a recording has its own message, with the file and what helps."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spikegraph.data.events import binary
from spikegraph.data.events.coding import Coding
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.slicing import Slicing
from spikegraph.errors import DataError

from .recording_files import (
    AEDAT2,
    AEDAT3,
    aedat3_packet,
    evt21_words,
    random_events,
    write_aedat2,
    write_dat,
    write_evt21,
    write_faery,
)

EVENTS = random_events(500)
AGAIN = "copy or download it again"
TRUNCATED = "the file is truncated: copy or download it again"
SUFFIXES = (".aedat4", ".aedat", ".raw", ".dat", ".bin", ".h5", ".hdf5", ".npz", ".npy")


def refused(path: Path, sensor: tuple[int, int] | None = (48, 64), slicing: Slicing | None = None) -> tuple[str, str | None]:
    """What encoding the recording says, and its help."""
    with pytest.raises(DataError) as caught:
        Coding("counts", slicing or Slicing(4), sensor=sensor).encoded(open_events(path))
    assert caught.value.path == path
    return caught.value.summary, caught.value.help


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


# EVT.


def test_evt(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    assert refused(written(path, bytes(50))) == ("it has no header: its first line must begin with `%`", AGAIN)
    assert refused(written(path, b"% end\n")) == ("its header names the version `none`, not EVT 2, 2.1 or 3", None)
    assert refused(written(path, b"% evt 4.0\n% end\n")) == ("its header names the version `4.0`, not EVT 2, 2.1 or 3", None)
    for version, size in (("2.0", 4), ("2.1", 8), ("3.0", 2)):
        data = f"% evt {version}\n% end\n".encode() + bytes(3 * size - 1)
        assert refused(written(path, data)) == (f"it ends within an event: {size - 1} of {size} bytes", TRUNCATED)
        assert refused(written(path, data[: 1 - size * 3])) == ("there is no event", None)


def test_the_order_of_words_of_evt21(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    write_evt21(path, evt21_words(EVENTS)[1:], header="% evt 2.1\n% end\n")
    assert refused(path) == ("its header doesn't tell the order of its words, and the first word isn't a time", None)
    write_evt21(path, evt21_words(EVENTS), header="% format EVT21;endianness=big\n% end\n")
    assert refused(path) == ("its words have the order `big`, neither `little` nor `legacy`", None)


def test_an_event_of_evt3_off_the_sensor(tmp_path: Path) -> None:
    path = write_faery(tmp_path / "a.raw", EVENTS, version="evt3")
    path.write_bytes(path.read_bytes().replace(b"64", b"32"))
    summary, help = refused(path)
    assert summary.startswith("it is damaged: x overflow (x=")
    assert help == AGAIN


@pytest.mark.parametrize("name", ["a.raw", "a.aedat4"])
def test_faery_is_missing(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_faery(tmp_path / name, EVENTS)
    monkeypatch.setitem(sys.modules, "faery", None)
    help = 'install it with: pip install "spikegraph[events]"'
    assert refused(path) == ("recordings of this kind need the package faery", help)
    assert open_events(path).size() == (48, 64)


# AEDAT 4.


def aedat4(tmp_path: Path) -> tuple[Path, bytes]:
    path = write_faery(tmp_path / "a.aedat4", EVENTS)
    return path, path.read_bytes()


def header_end(data: bytes) -> int:
    return 18 + int.from_bytes(data[14:18], "little")


def test_the_header_of_aedat4(tmp_path: Path) -> None:
    path, data = aedat4(tmp_path)
    end = header_end(data)
    first = ("it isn't AEDAT 4: its first line must be `#!AER-DAT4.0`", AGAIN)
    assert refused(written(path, b"#!AER-DAT2.0\r\n" + data[14:])) == first
    for size in (14, 16, 18, 30, end - 1):
        assert refused(written(path, data[:size])) == ("it ends within its header", TRUNCATED)
    claim = data[:14] + (2**31).to_bytes(4, "little") + data[18:]
    assert refused(written(path, claim)) == ("its header claims 2,147,483,648 bytes", AGAIN)
    assert refused(written(path, data.replace(b"IOHE", b"IOHF"))) == ("its header is damaged", AGAIN)
    assert refused(written(path, data[:18] + b"\xff\xff\xff\x7f" + data[22:])) == ("its header is damaged", AGAIN)
    assert refused(written(path, data.replace(b"EVTS", b"FRME"))) == ("it has no stream of events", None)
    assert refused(written(path, data.replace(b"sizeX", b"sizeZ"))) == ("its header doesn't tell the size of the sensor", AGAIN)
    assert refused(written(path, data.replace(b"<dv ", b"<d\x01 "))) == ("the description in its header isn't XML", AGAIN)
    assert refused(written(path, data.replace(b"<dv ", b"<d\xff "))) == ("its header is damaged", AGAIN)
    place = data.index(struct.pack("<q", end + sum(packet_sizes(data))))
    assert refused(written(path, data[:place] + struct.pack("<q", 5) + data[place + 8 :])) == (
        "its header names byte 5 for the list of packets",
        AGAIN,
    )
    compression = data.index(struct.pack("<iI", 1, 16))
    assert refused(written(path, data[:compression] + b"\x09" + data[compression + 1 :])) == (
        "its header names the unknown compression 9",
        AGAIN,
    )


def packet_sizes(data: bytes) -> list[int]:
    """The bytes of each packet of the events, with its header."""
    at, sizes = header_end(data), list[int]()
    while data[at : at + 4] == bytes(4):
        sizes.append(8 + int.from_bytes(data[at + 4 : at + 8], "little"))
        at += sizes[-1]
    return sizes


def test_the_packets_of_aedat4(tmp_path: Path) -> None:
    path, data = aedat4(tmp_path)
    end = header_end(data)
    table = end + sum(packet_sizes(data))
    for size in (end, end + 3, table - 1):
        assert refused(written(path, data[:size])) == (
            f"it has {size:,} bytes and ends before its list of packets at byte {table:,}",
            TRUNCATED,
        )
    for claimed in (-1, 0, 2**31 - 1):
        changed = data[: end + 4] + struct.pack("<i", claimed) + data[end + 8 :]
        assert refused(written(path, changed)) == (f"a packet at byte {end:,} claims {claimed:,} bytes", AGAIN)
    changed = bytearray(data)
    changed[end + 60] ^= 255
    assert refused(written(path, bytes(changed))) == ("it is damaged: LZ4 error: ERROR_blockChecksum_invalid", AGAIN)


def test_a_recording_in_aedat4_that_was_not_ended(tmp_path: Path) -> None:
    """Its header has -1 for the place of the list, which is missing."""
    path, data = aedat4(tmp_path)
    end = header_end(data)
    table = end + sum(packet_sizes(data))
    unfinished = data[:table].replace(struct.pack("<q", table), struct.pack("<q", -1))
    assert Coding("counts", Slicing(4)).encoded(open_events(written(path, unfinished))).sum() == 500
    assert refused(written(path, unfinished[:-1])) == ("it ends within a packet", TRUNCATED)
    assert refused(written(path, unfinished + b"abc")) == ("it ends within a packet's header", TRUNCATED)
