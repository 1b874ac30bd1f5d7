"""Every kind of damage of recordings in EVT and AEDAT 4 has its own message."""

from __future__ import annotations

import resource
import struct
import sys
from pathlib import Path

import pytest

from spikegraph.data.events.coding import Coding
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.slicing import Slicing

from .recording_files import AGAIN, TRUNCATED, evt21_words, random_events, refused, write_evt21, write_faery

EVENTS = random_events(500)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_evt(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    assert refused(written(path, bytes(50))) == ("it has no header: its first line must begin with `%`", AGAIN)
    assert refused(written(path, b"% end\n")) == ("its header names the version `none`, not EVT 2, 2.1 or 3", None)
    assert refused(written(path, b"% evt 4.0\n% end\n")) == ("its header names the version `4.0`, not EVT 2, 2.1 or 3", None)
    late = b"% evt 3.0\n% t0 9007199254740993\n% end\n"
    assert refused(written(path, late)) == ("`t0` is beyond 9,007,199,254,740,992 microseconds", None)
    for version, size in (("2.0", 4), ("2.1", 8), ("3.0", 2)):
        data = f"% evt {version}\n% endianness=little\n% end\n".encode() + bytes(3 * size - 1)
        assert refused(written(path, data)) == (f"it ends within an event: {size - 1} of {size} bytes", TRUNCATED)
        assert refused(written(path, data[: 1 - size * 3])) == ("there is no event", None)


def test_the_order_of_words_of_evt21(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    write_evt21(path, evt21_words(EVENTS)[1:], header="% evt 2.1\n% end\n")
    assert refused(path) == ("its header doesn't tell the order of its words, and the first word isn't a time", None)
    write_evt21(path, evt21_words(EVENTS), header="% format EVT21;endianness=big\n% end\n")
    assert refused(path) == ("its words have the order `big`, neither `little` nor `legacy`", None)


@pytest.mark.parametrize("rest", range(1, 8))
def test_evt21_that_ends_within_its_first_word_tells_no_order(tmp_path: Path, rest: int) -> None:
    path = written(tmp_path / "a.raw", b"% evt 2.1\n% end\n" + bytes(rest))
    assert refused(path) == (f"it ends within an event: {rest} of 8 bytes", TRUNCATED)


def test_an_event_of_evt3_off_the_sensor(tmp_path: Path) -> None:
    path = write_faery(tmp_path / "a.raw", EVENTS, version="evt3")
    path.write_bytes(path.read_bytes().replace(b"64", b"32"))
    assert "outside the 32 x 48 sensor" in refused(path, sensor=None)[0]


def test_faery_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_faery(tmp_path / "a.aedat4", EVENTS)
    monkeypatch.setitem(sys.modules, "faery", None)
    help = 'install it with: pip install "spikegraph[events]"'
    assert refused(path) == ("recordings of this kind need the package faery", help)
    assert open_events(path).size() == (48, 64)


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
    summary, help = refused(written(path, bytes(changed)))
    assert summary.startswith("it is damaged: ")  # and faery's reason
    assert help == AGAIN


def test_a_recording_in_aedat4_that_was_not_ended(tmp_path: Path) -> None:
    """Its header has -1 for the place of the list, which is missing."""
    path, data = aedat4(tmp_path)
    end = header_end(data)
    table = end + sum(packet_sizes(data))
    unfinished = data[:table].replace(struct.pack("<q", table), struct.pack("<q", -1))
    assert Coding("counts", Slicing(4)).encoded(open_events(written(path, unfinished))).sum() == 500
    assert refused(written(path, unfinished[:-1])) == ("it ends within a packet", TRUNCATED)
    assert refused(written(path, unfinished + b"abc")) == ("it ends within a packet's header", TRUNCATED)


@pytest.mark.parametrize("table", [-1, 2**24])
def test_a_packet_that_claims_more_than_a_packet_has_takes_no_memory(tmp_path: Path, table: int) -> None:
    """Where the list of packets isn't in the file, only the claim of the last packet tells how long it is."""
    path, data = aedat4(tmp_path)
    end = header_end(data)
    place = data.index(struct.pack("<q", end + sum(packet_sizes(data))))
    changed = bytearray(data)
    changed[place : place + 8] = struct.pack("<q", table)
    changed[end + 4 : end + 8] = struct.pack("<i", 2**31 - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refused(written(path, bytes(changed))) == (f"a packet at byte {end:,} claims 2,147,483,647 bytes", AGAIN)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10
