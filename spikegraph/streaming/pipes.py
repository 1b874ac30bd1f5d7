"""Events from a live pipe: the formats that can be read as they arrive, and their registry."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO, FileIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.events.blocks import PIECE, Block
from spikegraph.data.events.slicing import LATEST
from spikegraph.plugins.registry import Registry
from spikegraph.streaming.arrivals import Arrived, Clock

STANDARD_INPUT = Path("-")
"""Stands for the pipe in messages."""

READ = 1 << 18
"""Most bytes that are read at once."""

POLL_S = 0.2
"""Seconds after which a silent pipe is left to look whether the command was interrupted."""

RECORD = np.dtype([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "u1"), ("camera", "u1"), ("unused", "<u2")])
"""An event of the format `binary`, 16 bytes."""

LONGEST_LINE = 200
"""Bytes of a line of the format `csv`."""

MICROSECONDS = "us"

UNITS: Mapping[str, Fraction] = {
    "ns": Fraction(1, 1000),
    MICROSECONDS: Fraction(1),
    "ms": Fraction(1000),
    "s": Fraction(1_000_000),
}
"""The units that time stamps can have, in microseconds."""

_WORDS = {"ns": "nanoseconds", MICROSECONDS: "microseconds", "ms": "milliseconds", "s": "seconds"}

Parsed = tuple[Block, NDArray[np.uint8]]
"""Events, and the number of the camera of each."""


class NotEventsError(DataError):
    """Bytes of a pipe aren't events.

    Attributes:
        before: The events that came in the same bytes before them.
    """

    def __init__(self, summary: str, help: str | None, before: Parsed) -> None:
        super().__init__(summary, STANDARD_INPUT, help)
        self.before = before


class Parser(Protocol):
    """Makes events of bytes as they arrive. Each pipe has its own."""

    def feed(self, data: bytes) -> Parsed:
        """The events that these bytes complete.

        Raises:
            DataError: They aren't events. A `NotEventsError` has the events before the damage, which are used.
        """
        ...

    def end(self) -> None:
        """Checks that the pipe didn't end within an event.

        Raises:
            DataError: It did.
        """
        ...


@dataclass(frozen=True)
class PipeFormat:
    """A format of live pipes.

    Attributes:
        doc: What it is, for the documentation.
        parser: Makes a parser.
        of_unit: Makes a parser of time stamps in one of `UNITS`; None if the format itself says in which they are.
    """

    doc: str
    parser: Callable[[], Parser]
    of_unit: Callable[[str], Parser] | None = None


class Binary:
    """The parser of `binary`: records of 16 bytes, see `RECORD`."""

    def __init__(self, unit: str = MICROSECONDS) -> None:
        """Takes the unit of the time stamps, one of `UNITS`."""
        self._rest, self._unit = b"", UNITS[unit]

    def feed(self, data: bytes) -> Parsed:
        """As `Parser`."""
        data = self._rest + data
        whole = len(data) - len(data) % RECORD.itemsize
        self._rest = data[whole:]
        found = np.frombuffer(data[:whole], RECORD)
        x, y = (found[axis].astype(np.int64) for axis in "xy")
        return _checked(Block(x, y, _whole_us(found["t"].astype(np.int64), self._unit), found["p"] > 0), found["camera"].copy())

    def end(self) -> None:
        """As `Parser`."""
        if self._rest:
            raise DataError(f"it ended within an event: {len(self._rest)} of {RECORD.itemsize} bytes", STANDARD_INPUT)


class Lines:
    """The parser of `csv`: a line for each event, `t,x,y,p` or `t,x,y,p,camera`.

    The time stamp is in microseconds or another unit; a polarity above 0 tells that the light increased. The first line that
    isn't empty is left out if it has names.
    """

    def __init__(self, unit: str = MICROSECONDS) -> None:
        """Takes the unit of the time stamps, one of `UNITS`."""
        self._rest, self._line = b"", 1
        self._columns: int = 0
        self._unit, self._begun = unit, False

    def feed(self, data: bytes) -> Parsed:
        """As `Parser`."""
        data = self._rest + data
        end = data.rfind(b"\n") + 1
        text, self._rest = data[:end], data[end:]
        if not self._begun and (lines := text.lstrip()):
            self._begun = True
            if lines[:1].isalpha():
                rest = lines[lines.find(b"\n") + 1 :]
                text, self._line = rest, self._line + text[: len(text) - len(rest)].count(b"\n")
        first = self._line
        numbers, wrong = self._numbers(text)
        t, x, y, p = numbers[:, :4].T
        camera = numbers[:, 4] if numbers.shape[1] == 5 else np.zeros_like(t)
        try:
            found = _checked(Block(x, y, t, p > 0), camera)
        except NotEventsError as error:
            lines = [number for number, line in enumerate(text.split(b"\n"), first) if line.strip()]
            at = lines[len(error.before[0].t)]
            raise NotEventsError(f"{error.summary}, in line {at}", error.help, error.before) from error
        if wrong is None and len(self._rest) > LONGEST_LINE:
            wrong = self._rest
        if wrong is not None:
            shown = wrong[:40].decode("latin-1") + "..." * (len(wrong) > 40)
            numbers = "all whole numbers" if self._unit in (MICROSECONDS, "ns") else "the others whole numbers"
            help = f"write `t,x,y,p` with t in {_WORDS[self._unit]}, {numbers}"
            help += "; for another unit give --unit ns, ms or s" if self._unit == MICROSECONDS else ""
            raise NotEventsError(f"line {self._line} isn't an event: `{shown}`", help, found)
        return found

    def end(self) -> None:
        """As `Parser`."""
        if self._rest.strip():
            raise DataError(f"it ended within line {self._line}", STANDARD_INPUT)

    def _numbers(self, text: bytes) -> tuple[NDArray[np.int64], bytes | None]:
        """The numbers [N, 4 or 5] of lines, up to the first that isn't an event; and that one, which is line `_line` then."""
        if not text.strip():
            self._line += text.count(b"\n")
            return np.zeros((0, 4), np.int64), None
        try:
            found = _read(text, self._unit)
        except ValueError:
            found = None
        if found is not None and found.shape[1] == (self._columns or found.shape[1]) in (4, 5):
            self._columns, self._line = found.shape[1], self._line + text.count(b"\n")
            return found, None
        rows: list[NDArray[np.int64]] = []
        for line in text.split(b"\n")[:-1]:
            if line.strip():
                try:
                    row = _read(line, self._unit)
                except ValueError:
                    row = np.zeros((0, 0), np.int64)
                if len(row) != 1 or row.shape[1] not in ((self._columns,) if self._columns else (4, 5)):
                    return _stacked(rows), line
                self._columns = row.shape[1]
                rows.append(row)
            self._line += 1
        return _stacked(rows), None


def _read(text: bytes, unit: str) -> NDArray[np.int64]:
    """The numbers of lines, with time stamps in whole microseconds.

    Raises:
        ValueError: One isn't a number, or has decimals that it can't have.
    """
    if UNITS[unit] <= 1:
        found = np.loadtxt(BytesIO(text), np.int64, delimiter=",", comments=None, ndmin=2)
        return found if unit == MICROSECONDS else np.concatenate([_whole_us(found[:, :1], UNITS[unit]), found[:, 1:]], 1)
    real: NDArray[np.float64] = np.loadtxt(BytesIO(text), np.float64, delimiter=",", comments=None, ndmin=2)
    real[:, :1] *= float(UNITS[unit])
    if not (np.isfinite(real).all() and (np.abs(real) < 2.0**62).all() and (real[:, 1:] == real[:, 1:].round()).all()):
        raise ValueError("one of these isn't a number of an event")
    return real.round().astype(np.int64)


def _whole_us(t: NDArray[np.int64], unit: Fraction) -> NDArray[np.int64]:
    """Whole time stamps of a unit in microseconds, those within one rounded down; those beyond what can be stay beyond it."""
    if unit.denominator > 1:
        return t // unit.denominator
    most = 2 * LATEST // unit.numerator
    return np.clip(t, -most, most) * unit.numerator


def _stacked(rows: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(rows) if rows else np.zeros((0, 4), np.int64)


def _checked(events: Block, camera: NDArray[np.integer[Any]]) -> Parsed:
    """Events whose numbers are in a range with which one can compute.

    Raises:
        NotEventsError: They aren't.
    """
    beyond, other = (events.t < -LATEST) | (events.t > LATEST), (camera < 0) | (camera > 1)
    wrong = beyond | other
    if not wrong.any():
        return events, camera.astype(np.uint8)
    k = int(wrong.argmax())
    before = events.where(slice(k)), camera[:k].astype(np.uint8)
    if beyond[k]:
        raise NotEventsError(f"an event has a time stamp beyond {LATEST:,} microseconds", None, before)
    raise NotEventsError(f"an event is of camera {camera[k]}", "0 is the left or only camera, 1 the right one", before)


PIPES: Registry[PipeFormat] = Registry(
    "format of event pipes",
    "spikegraph.event_pipes",
    {
        "csv": PipeFormat("a line `t,x,y,p` or `t,x,y,p,camera` for each event, with t in microseconds", Lines, Lines),
        "binary": PipeFormat(
            "16 bytes for each event: t int64, x and y uint16, p and camera uint8, 2 unused; little-endian", Binary, Binary
        ),
    },
    kind=PipeFormat,
    needed=False,
)
"""All formats by name."""


def piped(
    file: FileIO, parser: Parser, stopped: Callable[[], bool] = lambda: False, clock: Clock = time.monotonic
) -> Iterator[Arrived]:
    """The events of a pipe as they arrive.

    Args:
        file: The pipe, unbuffered.
        parser: Makes events of its bytes.
        stopped: Asked several times in a second: true to end.
        clock: Tells when something arrived.

    Raises:
        DataError: Bytes aren't events, or the pipe ends within one. The events before have come then.
    """
    while not stopped():
        if os.name == "posix" and not select.select([file], [], [], POLL_S)[0]:
            continue
        data = file.read(READ)
        if not data:
            parser.end()
            return
        damage: DataError | None = None
        try:
            events, camera = parser.feed(data)
        except NotEventsError as error:
            (events, camera), damage = error.before, error
        at = clock()
        for first in range(0, len(events.t), PIECE):
            piece = slice(first, first + PIECE)
            yield Arrived(events.where(piece), camera[piece], at)
        if damage is not None:
            raise damage
