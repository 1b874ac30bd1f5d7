"""Unpacks chunks that Blosc, Zstandard or LZ4 packed, with the Blosc of the package hdf5plugin.

HDF5's filters for Zstandard and LZ4 believe what a chunk says of itself: they read beyond its end, or return what is left of
it. Blosc knows both formats as well, and stays within the sizes that its header gives. So a chunk of each of the three is
passed to Blosc, with a header that was checked or made here (format of Blosc: `README_HEADER.rst` of c-blosc 1.21).
"""

import struct
from contextlib import suppress
from threading import get_ident, local
from typing import Any

import h5py
import numpy as np

BLOSC, LZ4, ZSTD = 32001, 32004, 32015
"""HDF5's numbers of the filters."""

NAMES = {BLOSC: "Blosc", LZ4: "LZ4", ZSTD: "Zstandard"}
INSTALL = 'pip install "spikegraph[events]"'

BEST_COMPRESSION = {BLOSC: 32_768, LZ4: 255, ZSTD: 32_768}
"""How many bytes a compressed byte can stand for: four bytes of Zstandard for a block of 128 KiB of the same byte."""

# Version, version of the packing, flags, size of a value; then bytes, bytes of a block, packed bytes.
_HEADER = struct.Struct("<BBBBIII")
_START = struct.Struct("<II")  # where the only block begins, and its packed bytes
_VERSION, _WHOLE = 2, 0x10  # of Blosc's format; a flag: a block isn't split by the bytes of its values
_CODES = {LZ4: 1, ZSTD: 4}  # Blosc's numbers of the formats
_BLOCK = struct.Struct(">I")  # in HDF5's LZ4: the packed bytes of a block
_SIZES = struct.Struct(">QI")  # in HDF5's LZ4: bytes, and bytes of a block


def is_available() -> bool:
    """Whether Blosc can be used: hdf5plugin is installed, or HDF5 finds another build of the filter."""
    with suppress(ImportError):
        import hdf5plugin  # noqa: F401, PLC0415 # pyright: ignore[reportUnusedImport] (registers the filters)
    return bool(h5py.h5z.filter_avail(BLOSC))


def unpacked(name: int, data: bytes, size: int) -> bytes:
    """The `size` bytes of a chunk that one of the three filters packed.

    Args:
        name: HDF5's number of the filter.
        data: The packed chunk.
        size: Bytes that it must have.

    Raises:
        ValueError, OSError: The chunk is damaged, or has another size.
    """
    if name == BLOSC:
        return _of_blosc(data, size)
    return _of_lz4(data, size) if name == LZ4 else _wrapped(ZSTD, data, size)


def _of_blosc(data: bytes, size: int) -> bytes:
    if len(data) < _HEADER.size:
        raise ValueError(f"a chunk of Blosc has {len(data)} bytes, less than its header")
    version, _, _, _, held, _, packed = _HEADER.unpack_from(data)
    if version != _VERSION:
        raise ValueError(f"a chunk has version {version} of Blosc's format instead of {_VERSION}")
    if held != size:
        raise ValueError(f"a chunk of Blosc unpacks to {held:,} bytes instead of {size:,}")
    if packed != len(data):
        raise ValueError(f"a chunk of Blosc has {len(data):,} bytes instead of {packed:,}")
    return _SCRATCH.unpacked(data, size)


def _of_lz4(data: bytes, size: int) -> bytes:
    """HDF5's format: both sizes, then the blocks, each after its packed size; one of its full size isn't packed."""
    if len(data) < _SIZES.size:
        raise ValueError(f"a chunk of LZ4 has {len(data)} bytes, less than its header")
    held, block = _SIZES.unpack_from(data)
    if held != size:
        raise ValueError(f"a chunk of LZ4 unpacks to {held:,} bytes instead of {size:,}")
    if not block:
        raise ValueError("a chunk of LZ4 has blocks of 0 bytes")
    parts, at = list[bytes](), _SIZES.size
    for first in range(0, size, block):
        wanted = min(block, size - first)
        begin = at + _BLOCK.size
        packed = _BLOCK.unpack_from(data, at)[0] if begin <= len(data) else 0
        at = begin + packed
        if at > len(data) or not packed:
            raise ValueError("a chunk of LZ4 ends within a block")
        parts.append(data[begin:at] if packed == wanted else _wrapped(LZ4, data[begin:at], wanted))
    return b"".join(parts)


def _wrapped(name: int, data: bytes, size: int) -> bytes:
    """Unpacks a plain block of LZ4 or Zstandard as the only one of a chunk of Blosc."""
    start = _HEADER.size + 4
    total = _HEADER.size + _START.size + len(data)
    header = _HEADER.pack(_VERSION, 1, _CODES[name] << 5 | _WHOLE, 1, size, size, total)
    return _SCRATCH.unpacked(header + _START.pack(start, len(data)) + data, size)


class _Scratch(local):
    """Data sets in a file in memory, one of each size: HDF5's only way to a filter is a data set that it packs.

    Every thread has its own.
    """

    def __init__(self) -> None:
        self._file: h5py.File | None = None
        self._sets: dict[int, Any] = {}

    def unpacked(self, data: bytes, size: int) -> bytes:
        file = self._file
        if file is None or len(self._sets) >= _MOST_SETS or file.id.get_filesize() > _LARGEST_FILE:
            file = self._begin()
        if size not in self._sets:
            made: dict[str, Any] = {"chunks": (size,), "compression": BLOSC, "compression_opts": (0, 0, 1, size)}
            self._sets[size] = file.create_dataset(str(size), (size,), np.uint8, **made)
        self._sets[size].id.write_direct_chunk((0,), data)
        return self._sets[size][:].tobytes()

    def _begin(self) -> h5py.File:
        """A new file; the one before is closed and its memory freed."""
        if self._file is not None:
            self._file.close()
        name = f"chunks that thread {get_ident()} unpacks"
        self._file, self._sets = h5py.File(name, "w", driver="core", backing_store=False, rdcc_nbytes=0), {}
        return self._file


_MOST_SETS, _LARGEST_FILE = 16, 64 * 1024 * 1024
_SCRATCH = _Scratch()
