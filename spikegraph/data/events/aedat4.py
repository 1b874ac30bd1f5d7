"""AEDAT 4 (`.aedat4`): its frame is checked here, and its packed events are read by the package faery.

The layout is that of https://docs.inivation.com/software/software-advanced-usage/file-formats/aedat-4.0.html: the header is a
table of FlatBuffers with the compression, the place of the list of packets, and a description in XML.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

from spikegraph.base.errors import DataError
from spikegraph.data.events.binary import AGAIN, TRUNCATED, opened
from spikegraph.data.events.blocks import Block
from spikegraph.data.events.packed_frames import unpacked_at_most
from spikegraph.data.events.through_faery import faery_blocks

FIRST_LINE = b"#!AER-DAT4.0\r\n"
LARGEST_PACKET = 1 << 24
"""Most bytes of a packet, unpacked: about a million events; writers make a new one several times a second."""

LARGEST_ENTRY, LEAST_ENTRIES = 256, 4096
"""Most bytes of an entry of the list of packets, and a number of entries that it may have besides those of the packets."""

LARGEST_HEADER = 1 << 24
"""Most bytes of the header, whose description is in XML."""

COMPRESSION, TABLE, DESCRIPTION = 0, 1, 2
"""The header's fields, by their numbers."""

UNFINISHED = -1
"""The place of the list of packets in a file whose recording wasn't ended properly; it has no list."""

EVENTS = "EVTS"
"""The type of a stream of events."""


@dataclass(frozen=True)
class Aedat4File:
    """An AEDAT 4 file; its first stream of events is read."""

    path: Path
    part: str = ""

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`."""
        with opened(self.path) as file:
            return _Header.read(file, self.path).size

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        with opened(self.path) as file:
            truncated = _checked_packets(file, _Header.read(file, self.path), self.path)
        try:
            yield from faery_blocks(self.path)
        except DataError:
            if truncated is None:
                raise
        if truncated is not None:
            raise truncated


@dataclass(frozen=True)
class _Header:
    """What the header tells.

    Attributes:
        end: The byte after it.
        compression: How packets are packed, as the format numbers it.
        table: The place of the list of packets, or `UNFINISHED`.
        size: Height and width of the sensor.
    """

    end: int
    compression: int
    table: int
    size: tuple[int, int]

    @classmethod
    def read(cls, file: BinaryIO, path: Path) -> _Header:
        """The header of a file.

        Raises:
            DataError: It is damaged, or names no stream of events.
        """
        first = file.read(len(FIRST_LINE))
        if first != FIRST_LINE:
            raise DataError("it isn't AEDAT 4: its first line must be `#!AER-DAT4.0`", path, AGAIN)
        prefix = file.read(4)
        length = int.from_bytes(prefix, "little")
        data = file.read(min(length, LARGEST_HEADER))
        if len(prefix) < 4 or len(data) < length <= LARGEST_HEADER:
            raise DataError("it ends within its header", path, TRUNCATED)
        if length > LARGEST_HEADER:
            raise DataError(f"its header claims {length:,} bytes", path, AGAIN)
        try:
            compression, table, text = _fields(data)
        except (struct.error, UnicodeDecodeError, ValueError) as error:
            raise DataError("its header is damaged", path, AGAIN) from error
        if compression not in range(5):
            raise DataError(f"its header names the unknown compression {compression}", path, AGAIN)
        return cls(file.tell(), compression, table, _size(text, path))


def _fields(data: bytes) -> tuple[int, int, str]:
    """The compression, the place of the list of packets, and the description, of a table of FlatBuffers.

    Raises:
        struct.error, ValueError: It is damaged.
    """
    if data[4:8] != b"IOHE":
        raise ValueError("identifier")
    (root,) = struct.unpack_from("<I", data)
    (back,) = struct.unpack_from("<i", data, root)
    places = root - back
    if places < 0:
        raise ValueError("offset")
    (count,) = struct.unpack_from("<H", data, places)

    def field(number: int, kind: str, default: int) -> tuple[int, int]:
        """Place and value of a field."""
        at = 4 + 2 * number
        (offset,) = struct.unpack_from("<H", data, places + at) if at + 2 <= count else (0,)
        return root + offset, struct.unpack_from(kind, data, root + offset)[0] if offset else default

    at, offset = field(DESCRIPTION, "<I", 0)
    (length,) = struct.unpack_from("<I", data, at + offset)
    text = data[at + offset + 4 :][:length]
    if not offset or len(text) < length:
        raise ValueError("description")
    return field(COMPRESSION, "<i", 0)[1], field(TABLE, "<q", UNFINISHED)[1], text.decode("utf-8")


def _size(text: str, path: Path) -> tuple[int, int]:
    """Height and width of the first stream of events in a description.

    Raises:
        DataError: The description is damaged, or has no such stream.
    """
    try:
        if "<!" in text:
            raise ElementTree.ParseError("declarations")
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise DataError("the description in its header isn't XML", path, AGAIN) from error
    for stream in root.iterfind(".//node[@name='outInfo']/node"):
        if stream.findtext("attr[@key='typeIdentifier']") == EVENTS:
            found = [stream.findtext(f"node[@name='info']/attr[@key='{key}']", "") for key in ("sizeY", "sizeX")]
            if not all(text.isascii() and text.isdigit() and 0 < int(text[:6]) < 1 << 15 for text in found):
                raise DataError("its header doesn't tell the size of the sensor", path, AGAIN)
            return int(found[0]), int(found[1])
    raise DataError("it has no stream of events", path)


def _checked_packets(file: BinaryIO, header: _Header, path: Path) -> DataError | None:
    """Checks that the packets fill the file up to their list; faery takes a truncated file as a short one.

    Returns:
        What is wrong with a file that ends too early; its packets before the end can be read.

    Raises:
        DataError: It is damaged otherwise.
    """
    length = os.fstat(file.fileno()).st_size
    if header.table != UNFINISHED and header.table < header.end:
        raise DataError(f"its header names byte {header.table:,} for the list of packets", path, AGAIN)
    ended: DataError | None = None
    if header.table > length:
        summary = f"it has {length:,} bytes and ends before its list of packets at byte {header.table:,}"
        ended = DataError(summary, path, TRUNCATED)
    end = length if ended is not None or header.table == UNFINISHED else header.table
    at, packets = header.end, 0
    while at < end:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return ended or DataError("it ends within a packet's header", path, TRUNCATED)
        _, size = struct.unpack("<ii", head)
        if 0 < size <= length - at - 8:
            _require_small(file, at + 8, size, header.compression, path)
        if size <= 0 or at + 8 + size > end:
            if end == length and 0 < size <= LARGEST_PACKET:  # faery takes as much memory as a packet claims
                return ended or DataError("it ends within a packet", path, TRUNCATED)
            raise DataError(f"a packet at byte {at:,} claims {size:,} bytes", path, AGAIN)
        at, packets = at + 8 + size, packets + 1
    if at < length:
        _require_small(file, at, length - at, header.compression, path, LARGEST_ENTRY * (packets + LEAST_ENTRIES))
    return ended


def _require_small(file: BinaryIO, at: int, size: int, compression: int, path: Path, largest: int = LARGEST_PACKET) -> None:
    """Checks that a packet, or the list of them, unpacks to no more than `largest`; faery unpacks whatever comes.

    Raises:
        DataError: It may unpack to more.
    """
    if size <= largest:
        file.seek(at)
        most = unpacked_at_most(file.read(size), compression)
    else:
        most = size
    if most > largest:
        what = "a packet" if largest == LARGEST_PACKET else "the list of packets"
        summary = f"{what} at byte {at:,} unpacks to as much as {most:,} bytes; at most {largest:,} are read"
        raise DataError(summary, path, "write the recording again with smaller packets")
