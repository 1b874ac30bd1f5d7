"""Chunks that Blosc, Zstandard and LZ4 packed: the same values as h5py reads, and no more than a chunk may have."""

from __future__ import annotations

import resource
import struct
import sys
import threading
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data import blosc, hdf5
from spikegraph.data.chunks import Rows

SIZE = 4000
FILTERS = {
    "blosc zstd": hdf5plugin.Blosc(cname="zstd"),
    "blosc lz4 bits": hdf5plugin.Blosc(cname="lz4", shuffle=hdf5plugin.Blosc.BITSHUFFLE),
    "blosc blosclz": hdf5plugin.Blosc(),
    "blosc zlib plain": hdf5plugin.Blosc(cname="zlib", shuffle=hdf5plugin.Blosc.NOSHUFFLE),
    "zstd": hdf5plugin.Zstd(),
    "lz4": hdf5plugin.LZ4(),
    "lz4 in blocks": hdf5plugin.LZ4(nbytes=300),
}


def packed(how: Any, values: np.ndarray[Any, Any], **more: Any) -> bytes:
    """One chunk of these values."""
    with h5py.File("one chunk", "w", driver="core", backing_store=False) as file:
        made = file.create_dataset("x", data=values, chunks=values.shape, **how, **more)
        mask, data = made.id.read_direct_chunk((0,) * values.ndim)
        assert mask == 0
        return bytes(data)


@pytest.mark.parametrize("how", FILTERS.values(), ids=FILTERS.keys())
@pytest.mark.parametrize("kind", ["<u2", ">i4", "<f8", "u1"])
def test_rows_are_those_that_h5py_reads(tmp_path: Path, how: Any, kind: str) -> None:
    random = np.random.default_rng(0)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        for name, values in (
            ("few", random.integers(0, 30, (5000, 3))),
            ("same", np.full((5000, 3), 7)),
            ("random", random.integers(0, 2**31, (5000, 3))),  # can't be packed, so chunks are stored as they are
            ("one", np.ones((1, 3))),
        ):
            chunks = (min(700, len(values)), 2)
            file.create_dataset(name, data=values.astype(kind), chunks=chunks, **how)
            file.create_dataset(f"{name}, summed", data=values.astype(kind), chunks=chunks, fletcher32=True, **how)
    with h5py.File(tmp_path / "x.h5") as file:
        for name in file:
            table = hdf5.dataset(file, tmp_path / "x.h5", name, (None, 3))
            hdf5.require_stored(table, tmp_path / "x.h5", name)
            np.testing.assert_array_equal(Rows(table, tmp_path / "x.h5")(3, 4999), file[name][3:4999])


def words(data: bytes, at: int, value: int, form: str = "<I") -> bytes:
    """A chunk with another number at a place."""
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


BLOSC = packed(FILTERS["blosc zstd"], np.arange(SIZE // 2, dtype="<u2"))
LZ4 = packed(hdf5plugin.LZ4(nbytes=1000), np.arange(SIZE // 2, dtype="<u2") % 9)
ZSTD = packed(FILTERS["zstd"], np.arange(SIZE // 2, dtype="<u2"))
FAILED = "filter returned failure during read"


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        (blosc.BLOSC, BLOSC[:15], "a chunk of Blosc has 15 bytes, less than its header"),
        (blosc.BLOSC, b"\3" + BLOSC[1:], "a chunk has version 3 of Blosc's format instead of 2"),
        (blosc.BLOSC, words(BLOSC, 4, 2**31 - 1), "a chunk of Blosc unpacks to 2,147,483,647 bytes instead of 4,000"),
        (blosc.BLOSC, words(BLOSC, 4, 3999), "a chunk of Blosc unpacks to 3,999 bytes instead of 4,000"),
        (blosc.BLOSC, words(BLOSC, 12, 10**6), f"a chunk of Blosc has {len(BLOSC)} bytes instead of 1,000,000"),
        (blosc.BLOSC, BLOSC[:-1], f"a chunk of Blosc has {len(BLOSC) - 1} bytes instead of {len(BLOSC)}"),
        (blosc.BLOSC, words(BLOSC, 16, 2**31 - 1), FAILED),  # where the first block begins
        (blosc.BLOSC, words(BLOSC, 8, 1), FAILED),  # bytes of a block
        (blosc.LZ4, LZ4[:11], "a chunk of LZ4 has 11 bytes, less than its header"),
        (blosc.LZ4, words(LZ4, 0, 2**60, ">Q"), "a chunk of LZ4 unpacks to 1,152,921,504,606,846,976 bytes instead of 4,000"),
        (blosc.LZ4, words(LZ4, 8, 0, ">I"), "a chunk of LZ4 has blocks of 0 bytes"),
        (blosc.LZ4, words(LZ4, 12, 2**31, ">I"), "a chunk of LZ4 ends within a block"),
        (blosc.LZ4, words(LZ4, 12, 0, ">I"), "a chunk of LZ4 ends within a block"),
        (blosc.LZ4, LZ4[:-1], "a chunk of LZ4 ends within a block"),
        (blosc.LZ4, LZ4[:14], "a chunk of LZ4 ends within a block"),
        (blosc.LZ4, LZ4[:16] + b"\xff" * 20 + LZ4[36:], FAILED),
        (blosc.ZSTD, ZSTD[:-1], FAILED),
        (blosc.ZSTD, b"", FAILED),
        (blosc.ZSTD, packed(FILTERS["zstd"], np.zeros(3999, np.uint8)), FAILED),
        (blosc.ZSTD, packed(FILTERS["zstd"], np.zeros(10**7, np.uint8)), FAILED),
    ],
)
def test_a_chunk_that_lies(name: int, data: bytes, told: str) -> None:
    with pytest.raises((ValueError, OSError)) as caught:
        blosc.unpacked(name, data, SIZE)
    assert told in str(caught.value)


@pytest.mark.parametrize(("name", "data"), [(blosc.BLOSC, BLOSC), (blosc.LZ4, LZ4), (blosc.ZSTD, ZSTD)])
def test_damaged_chunks_are_errors_or_other_values_of_the_same_size(name: int, data: bytes) -> None:
    random = np.random.default_rng(name)
    refused = 0
    for _ in range(2000):
        damaged = bytearray(data)
        for place in random.integers(0, len(data), 2):
            damaged[place] = random.integers(256)
        try:
            assert len(blosc.unpacked(name, bytes(damaged), SIZE)) == SIZE
        except (ValueError, OSError):
            refused += 1
    assert refused > 50


def test_unpacking_many_chunks_takes_no_more_memory() -> None:
    random = np.random.default_rng(0)
    values = [random.integers(0, 2 + k, 40_000 + 1000 * k).astype(np.uint8) for k in range(30)]
    chunks = [packed(FILTERS["blosc zstd"], value) for value in values]
    for _ in range(3):
        for chunk, value in zip(chunks, values, strict=True):
            assert blosc.unpacked(blosc.BLOSC, chunk, len(value)) == value.tobytes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(100):
        for chunk, value in zip(chunks, values, strict=True):
            blosc.unpacked(blosc.BLOSC, chunk, len(value))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kilobytes, of 160 MB


def test_threads_do_not_mix_their_chunks() -> None:
    values = [np.full(5000, k, np.uint8) for k in range(4)]
    chunks = [packed(FILTERS["blosc zstd"], value) for value in values]
    wrong: list[int] = []

    def read(k: int) -> None:
        wrong.extend(k for _ in range(300) if blosc.unpacked(blosc.BLOSC, chunks[k], 5000) != values[k].tobytes())

    threads = [threading.Thread(target=read, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_constant_values_pack_better_than_with_gzip(tmp_path: Path) -> None:
    """Sixteen million zeros in a few kilobytes are sound; a billion in none aren't."""
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("zeros", data=np.zeros(2**24, np.uint8), chunks=(2**22,), **FILTERS["zstd"])
        file.create_dataset("claimed", (10**9,), np.uint8, chunks=(2**22,), **FILTERS["zstd"])
        file["claimed"][0] = 1
    with h5py.File(path) as file:
        zeros = hdf5.dataset(file, path, "zeros", (None,))
        assert zeros.id.get_storage_size() < 2**24 / 1032
        hdf5.require_stored(zeros, path, "zeros")
        claimed = hdf5.dataset(file, path, "claimed", (None,))
        stored = claimed.id.get_storage_size()
        with pytest.raises(DataError) as caught:
            hdf5.require_stored(claimed, path, "claimed")
    assert caught.value.summary == (
        f"`claimed` claims [1000000000] values, 1,000,000,000 bytes, but the file stores {stored} bytes of them"
    )


def test_whether_the_package_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert blosc.is_available()
    monkeypatch.setitem(sys.modules, "hdf5plugin", None)
    monkeypatch.setattr(h5py.h5z, "filter_avail", lambda name: False)
    assert not blosc.is_available()
