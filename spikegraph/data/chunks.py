"""Reads rows of an HDF5 data set, and unpacks its chunks here.

libhdf5 trusts the sizes that a file claims: it reads beyond the end of a chunk that unpacks to less than it should, unpacks one
that is a bomb, and crashes at one without data (version 2.0). So its filters are not used; zlib and numpy do the same work, and
`spikegraph.data.blosc` that of the filters of hdf5plugin.
"""

import math
import zlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from spikegraph.data import blosc

DEFLATE, SHUFFLE, FLETCHER32 = h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32


class Rows:
    """Reads rows of a data set, whose type and layout were checked by `spikegraph.data.hdf5.dataset`."""

    def __init__(self, found: h5py.Dataset, path: Path, stored: np.dtype[Any] | None = None) -> None:
        """Reads only how the data set is packed.

        Args:
            found: The data set.
            path: Its file.
            stored: What the file has of each value, to read that as it is; None for numbers.
        """
        self._found, self._path, self._bytes = found, path, path.stat().st_size
        self._stored, self._kind = stored, stored or found.dtype
        self._filters = filters(found)
        self._held: tuple[tuple[int, ...], NDArray[Any]] | None = None

    def __call__(self, first: int, last: int) -> NDArray[Any]:
        """The rows `[first, last)`; fewer where the data set ends.

        Raises:
            ValueError, OSError: The file is damaged.
        """
        chunks, shape = self._found.chunks, self._found.shape
        last = min(last, int(shape[0]))
        if self._stored is None and (chunks is None or not self._filters):
            return self._found[first:last]
        if chunks is None:
            return self._contiguous(first, last)
        rows = np.empty((max(0, last - first), *shape[1:]), self._kind)
        starts = [
            range(first - first % chunks[0], last, chunks[0]),
            *(range(0, n, c) for n, c in zip(shape[1:], chunks[1:], strict=True)),
        ]
        for offset in product(*starts):
            chunk = self._chunk(offset)
            begin, end = max(first, offset[0]), min(last, offset[0] + chunks[0])
            others = [min(c, n - at) for c, n, at in zip(chunks[1:], shape[1:], offset[1:], strict=True)]
            target = (slice(begin - first, end - first), *(slice(at, at + n) for at, n in zip(offset[1:], others, strict=True)))
            rows[target] = chunk[(slice(begin - offset[0], end - offset[0]), *map(slice, others))]
        return rows

    def pieces(self, most: int) -> Iterator[NDArray[Any]]:
        """All values, in pieces of about so many bytes at most; a chunk is never parted.

        Raises:
            ValueError, OSError: The file is damaged.
        """
        chunks, shape = self._found.chunks, tuple(int(n) for n in self._found.shape)
        if chunks is not None and self._filters:
            for offset in product(*(range(0, n, c) for n, c in zip(shape, chunks, strict=True))):
                inside = tuple(slice(min(c, n - at)) for c, n, at in zip(chunks, shape, offset, strict=True))
                yield self._unpacked(offset)[inside]
            return
        for slab in slabs(shape, self._kind.itemsize, most):
            yield self._found[slab]

    def _contiguous(self, first: int, last: int) -> NDArray[Any]:
        """The values that lie one after the other in the file."""
        at, width = self._found.id.get_offset(), math.prod(self._found.shape[1:])
        if at is None:
            raise ValueError("its values aren't stored one after the other")
        begin, count = at + first * width * self._kind.itemsize, max(0, last - first) * width
        if begin + count * self._kind.itemsize > self._bytes:
            raise ValueError("its values lie beyond the end of the file")
        return np.fromfile(self._path, self._kind, count, offset=begin).reshape(-1, *self._found.shape[1:])

    def _chunk(self, offset: tuple[int, ...]) -> NDArray[Any]:
        """The chunk at a place, unpacked; the last one is held."""
        if self._held is None or self._held[0] != offset:
            self._held = offset, self._unpacked(offset)
        return self._held[1]

    def _unpacked(self, offset: tuple[int, ...]) -> NDArray[Any]:
        found, kind = self._found, self._kind
        chunks = found.chunks or ()
        info = found.id.get_chunk_info_by_coord(offset)
        if info.byte_offset is None:
            return np.zeros(chunks, kind) if self._stored is not None else np.full(chunks, found.fillvalue, kind)
        if info.byte_offset + info.size > self._bytes:
            raise ValueError(f"the chunk at {list(offset)} lies beyond the end of the file")
        mask, data = found.id.read_direct_chunk(offset)
        size = math.prod(chunks) * kind.itemsize
        for number, name in reversed(list(enumerate(self._filters))):
            if not mask >> number & 1:
                data = _undone(name, bytes(data), size, kind.itemsize)
        if len(data) != size:
            raise ValueError(f"the chunk at {list(offset)} unpacks to {len(data):,} bytes instead of {size:,}")
        return np.frombuffer(data, kind).reshape(chunks)


def slabs(shape: tuple[int, ...], size: int, most: int) -> Iterator[tuple[slice, ...]]:
    """Parts of an array that make it up, each of at most so many bytes, or of one value.

    Args:
        shape: The shape of the array.
        size: Bytes of a value.
        most: Bytes of a part.
    """
    if not shape:
        yield ()
        return
    row = math.prod(shape[1:]) * size
    if row > most:
        for k in range(shape[0]):
            yield from ((slice(k, k + 1), *rest) for rest in slabs(shape[1:], size, most))
        return
    step = max(1, most // row) if row else shape[0]
    for k in range(0, shape[0], max(1, step)):
        yield (slice(k, min(k + step, shape[0])), *(slice(None) for _ in shape[1:]))


def filters(found: h5py.Dataset) -> list[int]:
    """The filters of a data set, by HDF5's numbers, in the order in which they packed it."""
    plist = found.id.get_create_plist()
    return [int(plist.get_filter(k)[0]) for k in range(plist.get_nfilters())]


def _undone(name: int, data: bytes, size: int, itemsize: int) -> bytes:
    """The bytes before a filter: at most one more than `size`."""
    if name == DEFLATE:
        return zlib.decompressobj().decompress(data, size + 1)
    if name == SHUFFLE:
        whole = len(data) - len(data) % itemsize
        return np.frombuffer(data[:whole], np.uint8).reshape(itemsize, -1).T.tobytes() + data[whole:]
    if name == FLETCHER32:
        if len(data) < 4 or not _sums_up(data[:-4], data[-4:]):
            raise ValueError("the checksum of a chunk is wrong")
        return data[:-4]
    if name in blosc.NAMES:
        return blosc.unpacked(name, data, size)
    raise ValueError(f"filter {name}")


def _sums_up(data: bytes, checksum: bytes) -> bool:
    """Whether a checksum, Fletcher's of 32 bits, is that of the data."""
    words = np.frombuffer(data + b"\0" * (len(data) % 2), ">u2").astype(np.uint64)
    weights = np.arange(len(words), 0, -1, dtype=np.uint64) % 65_535
    sums = int(words.sum()) % 65_535, int((words * weights).sum()) % 65_535
    stored = int.from_bytes(checksum, "little")
    return (stored % 65_536 % 65_535, (stored >> 16) % 65_535) == sums
