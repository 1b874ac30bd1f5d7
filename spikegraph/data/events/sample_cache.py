"""A cache of encoded samples on the disk: one small file each, which any number of processes may write and read."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.base.files import write_quickly
from spikegraph.data.events.blocks import Block, EventFile
from spikegraph.dsl.schema.encodings import EVENT_ENCODINGS

if TYPE_CHECKING:
    from spikegraph.data.events.coding import Coding

VERSION = 2
"""Increased when the results of an encoding or of a reader of files change; part of every key."""

MAGIC = b"sgs1"
HEAD = struct.Struct("<4sII")
"""The magic number, a checksum of all that follows, and the length of the description, which is JSON; packed values follow."""


@dataclass(frozen=True)
class SampleCache:
    """A folder of encoded samples.

    A file is found under the hash of the recording's path, size and time of change, of the part of it, and of the coding. It is
    renamed to its name when it is whole, so a killed process leaves nothing that another would take for a sample. A damaged
    file is made again.

    Samples that the code of others makes, a plug-in's encoding or format, aren't kept: nothing tells when that code changes.
    """

    folder: Path

    def get(self, file: EventFile, coding: Coding, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """The sample of a recording, made and kept if it isn't there.

        Raises:
            DataError: The recording can't be read, or the sample can't be written.
        """
        if not (EVENT_ENCODINGS.is_built_in(coding.encoding) and is_read_here(file)):
            return make()
        path = self._path(file, coding)
        found = _read(path)
        if found is None:
            found = make()
            _write(path, found)
        return found

    def _path(self, file: EventFile, coding: Coding) -> Path:
        try:
            status = file.path.stat()
        except OSError as error:
            raise DataError(f"it can't be read: {error.strerror or error}", file.path) from error
        identity = (VERSION, os.path.realpath(file.path), status.st_size, status.st_mtime_ns, _identity(file), repr(coding))
        name = sha256(repr(identity).encode(errors="surrogateescape")).hexdigest()
        return self.folder / name[:2] / name[2:]


def is_read_here(file: Any) -> bool:
    """Whether the package's own code reads a file, and the file of which it is a part."""
    if not type(file).__module__.startswith("spikegraph."):
        return False
    parts = (getattr(file, field.name) for field in fields(file))
    return all(is_read_here(part) for part in parts if hasattr(part, "blocks"))


def _identity(value: Any) -> Any:
    """What tells a file of events, or a part of one, from others; of events in memory a hash."""
    if isinstance(value, Block):
        return sha256(b"".join(np.ascontiguousarray(column).tobytes() for column in value)).hexdigest()
    if is_dataclass(value):
        return type(value).__qualname__, tuple(_identity(getattr(value, field.name)) for field in fields(value))
    return repr(value)


def _read(path: Path) -> NDArray[Any] | None:
    """A kept sample; None if there is none or it is damaged."""
    try:
        data = path.read_bytes()
        magic, checksum, length = HEAD.unpack_from(data)
        rest = data[HEAD.size :]
        if magic != MAGIC or checksum != zlib.crc32(rest):
            return None
        head = json.loads(rest[:length])
        values = bytearray(zlib.decompress(rest[length:]))  # it can be written to, as a new sample
        return np.frombuffer(values, np.dtype(head["type"])).reshape(head["shape"])
    except (OSError, ValueError, KeyError, TypeError, zlib.error, struct.error):
        return None


def _write(path: Path, sample: NDArray[Any]) -> None:
    head = json.dumps({"type": sample.dtype.str, "shape": sample.shape}).encode()
    rest = head + zlib.compress(np.ascontiguousarray(sample).tobytes(), 1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_quickly(path, HEAD.pack(MAGIC, zlib.crc32(rest), len(head)) + rest)
    except OSError as error:
        help = "make room, set XDG_CACHE_HOME to another folder, or write `cache = none` in the data set"
        raise DataError(f"an encoded sample can't be kept: {error.strerror or error}", path, help) from error
