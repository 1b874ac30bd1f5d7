"""Events from a pipe: any pieces of bytes give the same events, and what isn't an event is an error that says where."""

from __future__ import annotations

import os
import struct
import threading
from io import FileIO
from pathlib import Path

import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.streaming.arrivals import Arrived, on_sensor
from spikegraph.streaming.cutting import Cutter, Cutting
from spikegraph.streaming.origin import Pipe
from spikegraph.streaming.pipes import PIPES, RECORD, Binary, Lines, piped

EVENTS = [(k * 37 - 50, k * 7 % 346, k * 5 % 260, k % 2, k % 3 % 2) for k in range(200)]
"""t, x, y, polarity and camera."""

TEXT = {
    "csv": "".join("{},{},{},{},{}\n".format(*event) for event in EVENTS).encode(),
    "binary": b"".join(struct.pack("<qHHBBH", *event, 0) for event in EVENTS),
}


def fed(name: str, data: bytes, size: int, unit: str | None = None) -> list[tuple[int, ...]]:
    of_unit = PIPES[name].of_unit
    parser = PIPES[name].parser() if unit is None or of_unit is None else of_unit(unit)
    found = []
    for k in range(0, len(data), size):
        events, camera = parser.feed(data[k : k + size])
        found += zip(*(c.astype(int).tolist() for c in (events.t, events.x, events.y, events.on, camera)), strict=True)
    parser.end()
    return found


@pytest.mark.parametrize("name", ["csv", "binary"])
@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_bytes_may_come_in_any_pieces(name: str, size: int) -> None:
    assert fed(name, TEXT[name], size) == EVENTS


def test_lines_may_have_names_and_windows_ends_and_no_camera() -> None:
    assert fed("csv", b"t,x,y,on\r\n5,1,2,-1\r\n\r\n6,3,4,1\r\n", 3) == [(5, 1, 2, 0, 0), (6, 3, 4, 1, 0)]
    assert fed("csv", b"\n \nt,x,y,p\n5,1,2,1\n", 2) == fed("csv", b"\n\nt,x,y,p\n5,1,2,1\n", 100) == [(5, 1, 2, 1, 0)]
    assert fed("csv", b"", 1) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"5,1,2,1\n5,1,2\n", "-: line 2 isn't an event: `5,1,2`"),
        (b"5,1,2,1\n5,1,2,1,0\n", "-: line 2 isn't an event: `5,1,2,1,0`"),
        (b"t,x,y,p\n0.5,1,2,1\n", "-: line 2 isn't an event: `0.5,1,2,1`"),
        (b"\n\nt,x,y,p\nx,1,2,1\n", "-: line 4 isn't an event: `x,1,2,1`"),
        (b"5,1,2,1\n\nfive,1,2,1\n", "-: line 3 isn't an event: `five,1,2,1`"),
        (b"5,1,2,1,0,0\n", "-: line 1 isn't an event: `5,1,2,1,0,0`"),
        (b"9999999999999999999999,1,2,1\n", "-: line 1 isn't an event: `9999999999999999999999,1,2,1`"),
        (b"5,1,2,1\n" + b"\0" * 300, "-: line 2 isn't an event: `" + "\\x00" * 40 + "...`"),
        (b"5,1,2,1,2\n", "-: an event is of camera 2"),
        (b"9000000000000000000,1,2,1\n", "-: an event has a time stamp beyond 1,152,921,504,606,846,976 microseconds"),
        (b"5,1,2,1\n5,1", "-: it ended within line 2"),
    ],
)
def test_lines_that_are_no_events(data: bytes, message: str) -> None:
    for size in (5, 1000):
        with pytest.raises(DataError) as caught:
            fed("csv", data, size)
        assert str(caught.value).splitlines()[0].startswith(message.replace("\\x00", "\0"))


@pytest.mark.parametrize(
    ("unit", "stamps", "microseconds"),
    [
        ("us", ("5", "-7", "1700000000000000"), (5, -7, 1_700_000_000_000_000)),
        ("ns", ("5999", "-1", "1700000000000000999"), (5, -1, 1_700_000_000_000_000)),
        ("ms", ("5", "0.25", "-1.5e2"), (5000, 250, -150_000)),
        ("s", ("5", "0.000001", "1700000000.123456"), (5_000_000, 1, 1_700_000_000_123_456)),
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_lines_in_another_unit(unit: str, stamps: tuple[str, ...], microseconds: tuple[int, ...], size: int) -> None:
    text = "t,x,y,p\n" + "".join(f"{t},3,4,1\n" for t in stamps)
    assert fed("csv", text.encode(), size, unit) == [(t, 3, 4, 1, 0) for t in microseconds]


@pytest.mark.parametrize(("unit", "factor"), [("ns", 1), ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000)])
def test_binary_in_another_unit(unit: str, factor: int) -> None:
    """One time in nanoseconds, written in each unit."""
    data = struct.pack("<qHHBBH", 7_000_000_000 // factor, 3, 4, 1, 0, 0)
    assert fed("binary", data, 16, unit) == [(7_000_000, 3, 4, 1, 0)]
    with pytest.raises(DataError, match="an event has a time stamp beyond"):
        fed("binary", struct.pack("<qHHBBH", 2**63 - 1, 3, 4, 1, 0, 0), 16, "s")


@pytest.mark.parametrize(
    ("unit", "line", "help"),
    [
        ("us", "0.5,1,2,1", "t in microseconds, all whole numbers; for another unit give --unit ns, ms or s"),
        ("ns", "0.5,1,2,1", "t in nanoseconds, all whole numbers"),
        ("s", "0.5,1.5,2,1", "t in seconds, the others whole numbers"),
        ("ms", "nan,1,2,1", "t in milliseconds, the others whole numbers"),
        ("s", "1e300,1,2,1", "t in seconds, the others whole numbers"),
    ],
)
def test_lines_that_another_unit_does_not_take(unit: str, line: str, help: str) -> None:
    with pytest.raises(DataError) as caught:
        fed("csv", f"5,1,2,1\n{line}\n".encode(), 1000, unit)
    assert (caught.value.summary, caught.value.help) == (f"line 2 isn't an event: `{line}`", f"write `t,x,y,p` with {help}")


def test_binary_that_is_no_event() -> None:
    with pytest.raises(DataError, match="it ended within an event: 15 of 16 bytes"):
        fed("binary", TEXT["binary"][:-1], 9)
    with pytest.raises(DataError, match="an event is of camera 7"):
        fed("binary", struct.pack("<qHHBBH", 0, 0, 0, 0, 7, 0), 16)


WRONG = {
    "csv": (b"hello\n", b"5,1,2,1,2\n", b"9000000000000000000,1,2,1,0\n", b"1,2\n", b"\0" * 300),
    "binary": (struct.pack("<qHHBBH", 5, 1, 2, 1, 2, 0), struct.pack("<qHHBBH", -(2**62), 1, 2, 1, 0, 0)),
}


@pytest.mark.parametrize(("name", "wrong"), [(name, wrong) for name, all_of in WRONG.items() for wrong in all_of])
@pytest.mark.parametrize("count", [1, 199, 20_000])
def test_the_events_before_a_wrong_one_have_come(tmp_path: Path, name: str, wrong: bytes, count: int) -> None:
    """The writer sends everything at once, so good events and the wrong one arrive together."""
    path = tmp_path / "pipe"
    whole = TEXT[name] * 100
    size = RECORD.itemsize if name == "binary" else None
    good = whole[: count * size] if size else b"".join(whole.splitlines(keepends=True)[:count])
    path.write_bytes(good + wrong + TEXT[name])
    found: list[tuple[int, ...]] = []
    with FileIO(path) as source, pytest.raises(DataError) as caught:
        for arrived in piped(source, PIPES[name].parser()):
            columns = (*(arrived.events.t, arrived.events.x, arrived.events.y, arrived.events.on), arrived.camera)
            found += zip(*(column.astype(int).tolist() for column in columns), strict=True)
    assert found == (EVENTS * 100)[:count]
    if name == "csv" and wrong[-2:] != b"2\n" and wrong[:1] != b"9":
        assert f"line {count + 1} isn't an event" in str(caught.value)


def test_a_line_break_of_old_macs_or_white_space_is_no_internal_error() -> None:
    assert fed("csv", b"5,1,2,1\n  \n6,1,2,1\n", 1000) == [(5, 1, 2, 1, 0), (6, 1, 2, 1, 0)]
    with pytest.raises(DataError, match="line 1 isn't an event"):
        fed("csv", b"5,1,2,1\r6,1,2,1\n", 1000)


def test_events_are_there_before_the_pipe_is_full_or_closed() -> None:
    """The writer sends the second event only when the first one has been seen."""
    reading, writing = os.pipe()
    with FileIO(reading) as source:
        arrivals = piped(source, Lines())
        os.write(writing, b"5,1,2,1\n6,1,")
        assert next(arrivals).events.t.tolist() == [5]
        os.write(writing, b"2,1\n")
        assert next(arrivals).events.t.tolist() == [6]
        os.close(writing)
        assert next(arrivals, None) is None


def test_a_silent_pipe_can_be_left() -> None:
    reading, writing = os.pipe()
    asked = threading.Event()
    with FileIO(reading) as source:
        threading.Timer(0.3, asked.set).start()
        assert list(piped(source, Binary(), asked.is_set)) == []
    os.close(writing)


def test_numbers_are_what_one_can_compute_with() -> None:
    events, camera = Binary().feed(TEXT["binary"])
    assert [column.dtype for column in (*events, camera)] == [np.int64, np.int64, np.int64, np.bool_, np.uint8]


def test_numbers_beyond_what_one_can_compute_with_are_named_with_their_line() -> None:
    for size in (5, 1000):
        with pytest.raises(DataError) as caught:
            fed("csv", b"t,x,y,p,camera\n5,1,2,1,0\n\n5,1,2,1,2\n5,1,2,1,0\n", size)
        assert (
            str(caught.value) == "-: an event is of camera 2, in line 4 (help: 0 is the left or only camera, 1 the right one)"
        )
        with pytest.raises(DataError, match=r"an event has a time stamp beyond .* microseconds, in line 2$"):
            fed("csv", b"5,1,2,1\n9000000000000000000,1,2,1\n", size)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            (7, 34, 3, 1, 0),
            "-: an event is at x = 34, y = 3, outside the 34 x 30 sensor "
            "(help: give the sensor's height and width, such as --sensor 260x346)",
        ),
        (
            (7, 1, 3, 1, 1),
            "-: an event is of camera 1, but the network has one camera, 0 (help: send the events of one camera)",
        ),
    ],
)
def test_the_events_before_one_that_the_network_can_not_take_make_steps(wrong: tuple[int, ...], message: str) -> None:
    rows = [(k, k, 29, 1, 0) for k in range(7)] + [wrong] + [(k, 1, 1, 1, 0) for k in range(8, 20)]
    events, camera = Lines().feed("".join("{},{},{},{},{}\n".format(*row) for row in rows).encode())
    arrivals = on_sensor([Arrived(events, camera, 0.0)], [Pipe()], (30, 34))
    steps: list[list[int]] = []
    with pytest.raises(DataError) as caught:
        for step in Cutter(Cutting("time", 4, wait=0)).steps(arrivals):
            steps.append(step.events.events.t.tolist())  # noqa: PERF401 (those before the error)
    assert steps == [[0, 1, 2, 3], [4, 5, 6]]
    assert str(caught.value) == message
