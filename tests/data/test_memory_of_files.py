"""What a file claims, and how well it is packed, decides no memory: `data check` of hostile files, and the limit of a training.

Each file is read in a process of its own, whose most memory is compared with that of a process that reads a small one.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from spikegraph.base import memory
from spikegraph.base.errors import DataError
from spikegraph.data.own_arrays import read_arrays

from .declared_arrays import declaration
from .events.recording_files import random_events, write_faery

MEGABYTE = 1 << 20
BOUND = 64 * MEGABYTE

MEASURED = textwrap.dedent("""
    import json, resource, sys
    import faery
    from spikegraph.data.check import check
    small, large = sys.argv[1:]
    check(small)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = check(large)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([(after - before) << 10, report.sound, report.text()]))
""")


def npz(path: Path, size: int) -> None:
    """Images of so many bytes, all but one of each 0, which take a thousandth of them in the file, and their labels."""
    side = 1024
    count = max(4, size // side**2)
    with zipfile.ZipFile(path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("images.npy", "w", force_zip64=True) as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": (count, side, side)}
            np.lib.format.write_array_header_1_0(file, header)
            for _ in range(count):
                file.write(bytes(side**2 - 1) + b"\1")
        with archive.open("labels.npy", "w") as file:
            np.lib.format.write_array(file, np.arange(count) % 2)


def h5(path: Path, size: int) -> None:
    count = max(4, size // MEGABYTE)
    with h5py.File(path / "a.h5", "w") as file:
        file.create_dataset("images", (count, 1024, 1024), "u1", chunks=(4, 1024, 1024), compression="gzip", fillvalue=0)
        for k in range(0, count, 4):
            images = np.zeros((min(4, count - k), 1024, 1024), "u1")
            images[:, -1, -1] = 1
            file["images"][k : k + 4] = images
        file["labels"] = np.arange(count) % 2


def events_h5(path: Path, size: int) -> None:
    """Four columns in chunks of as many bytes as are read; three recordings of the four are small."""
    for name in ("a/0.h5", "a/1.h5", "b/0.h5", "b/1.h5"):
        count = max(1000, size // 32) if name == "a/0.h5" else 1000
        chunk = min(count, MEGABYTE // 2)
        (path / name).parent.mkdir(exist_ok=True, parents=True)
        with h5py.File(path / name, "w") as file:
            for column in "xytp":
                made = file.create_dataset(column, (count,), "i8", chunks=(chunk,), compression="gzip", compression_opts=1)
                for k in range(0, count, chunk):
                    made[k : k + chunk] = np.zeros(min(chunk, count - k), "i8")


def events_npz(path: Path, size: int) -> None:
    for name in ("a/0.npz", "a/1.npz", "b/0.npz", "b/1.npz"):
        count = max(1000, size // 32) if name == "a/0.npz" else 1000
        (path / name).parent.mkdir(exist_ok=True, parents=True)
        with zipfile.ZipFile(path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for column in "xytp":
                with archive.open(f"{column}.npy", "w", force_zip64=True) as file:
                    header = {"descr": "<i8", "fortran_order": False, "shape": (count,)}
                    np.lib.format.write_array_header_1_0(file, header)
                    for k in range(0, count, MEGABYTE):
                        file.write(bytes(8 * min(MEGABYTE, count - k)))


def zstandard(size: int) -> bytes:
    """A frame of Zstandard that repeats a byte: each block stands for 128 KiB."""
    count = max(1, size >> 17)
    blocks = (((k == count - 1) | 1 << 1 | (1 << 17) << 3).to_bytes(3, "little") + b"\0" for k in range(count))
    return bytes.fromhex("28b52ffd0038") + b"".join(blocks)


def lz4(size: int) -> bytes:
    """A frame of LZ4 that repeats a byte in blocks of 4 MiB."""
    run = b"\x1f\0\1\0" + b"\xff" * ((4 * MEGABYTE - 20) // 255)
    block = run + b"\0\x50" + bytes(5)
    return bytes.fromhex("04224d18607073") + (struct.pack("<I", len(block)) + block) * (size // (4 * MEGABYTE)) + bytes(4)


def aedat4(compression: str, pack: Callable[[int], bytes], place: str) -> Callable[[Path, int], None]:
    """Recordings of which a packet, or the list of packets, unpacks to so many bytes."""

    def write(path: Path, size: int) -> None:
        for name in ("a/0.aedat4", "a/1.aedat4", "b/0.aedat4", "b/1.aedat4"):
            (path / name).parent.mkdir(exist_ok=True, parents=True)
            write_faery(path / name, random_events(50), compression=(compression, 1))
            if size > MEGABYTE:
                (path / name).write_bytes(_changed((path / name).read_bytes(), pack(size), place))

    return write


def _changed(data: bytes, frame: bytes, place: str) -> bytes:
    end = 18 + int.from_bytes(data[14:18], "little")
    packet = 8 + int.from_bytes(data[end + 4 : end + 8], "little")
    if place == "list":
        return data[: end + packet] + frame
    made = data[:end] + struct.pack("<ii", 0, len(frame)) + frame
    at = made.index(struct.pack("<q", end + packet))
    return made[:at] + struct.pack("<q", -1) + made[at + 8 :]


WRITERS: dict[str, Callable[[Path, int], None]] = {
    "npz": npz,
    "h5": h5,
    "events in h5": events_h5,
    "events in npz": events_npz,
    "packet of Zstandard": aedat4("zstd", zstandard, "packet"),
    "list of Zstandard": aedat4("zstd", zstandard, "list"),
    "packet of LZ4": aedat4("lz4", lz4, "packet"),
}


@pytest.mark.parametrize("name", list(WRITERS))
def test_data_check_needs_little_memory(tmp_path: Path, name: str) -> None:
    """Files that unpack to 128 MiB, or claim to."""
    pytest.importorskip("resource")
    for part, size in (("small", 0), ("large", 128 * MEGABYTE)):
        (tmp_path / part).mkdir()
        WRITERS[name](tmp_path / part, size)
    arguments = [sys.executable, "-c", MEASURED, str(tmp_path / "small"), str(tmp_path / "large")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    grown, sound, text = json.loads(done.stdout)
    assert grown < BOUND, text
    assert sound == ("of" not in name), text
    assert sum(file.stat().st_size for file in (tmp_path / "large").rglob("*.*")) < 16 * MEGABYTE


def test_training_refuses_what_exceeds_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npz(tmp_path, 32 * MEGABYTE)
    monkeypatch.setenv(memory.VARIABLE, "20M")
    with pytest.raises(DataError) as caught:
        read_arrays(declaration(file="a.npz"), tmp_path)
    assert caught.value.summary == "`images` and `labels` would take 32 MiB of memory; SPIKEGRAPH_MEMORY allows 20 MiB"
    assert caught.value.help == "make them smaller, or set SPIKEGRAPH_MEMORY=1G if they are to take so much"
    monkeypatch.setenv(memory.VARIABLE, "1G")
    assert len(read_arrays(declaration(file="a.npz"), tmp_path)[0].labels) == 26
    monkeypatch.delenv(memory.VARIABLE)
    monkeypatch.setattr(memory, "free", lambda: 60 * MEGABYTE)
    with pytest.raises(DataError, match="would take 32 MiB of memory; half of the free memory is 30 MiB"):
        read_arrays(declaration(file="a.npz"), tmp_path)


@pytest.mark.parametrize(
    ("text", "size"),
    [("8G", 8 << 30), ("500M", 500 << 20), ("1.5 GiB", 3 << 29), ("123", 123), ("2t", 2 << 40), ("4kB", 4 << 10), ("", None)],
)
def test_the_limit_of_the_environment(monkeypatch: pytest.MonkeyPatch, text: str, size: int | None) -> None:
    monkeypatch.setenv(memory.VARIABLE, text)
    assert memory.given() == size
    assert memory.allowed() == (memory.free() // 2 if size is None else size) or size is None


@pytest.mark.parametrize("text", ["much", "-1G", "8X", "1e9"])
def test_a_limit_that_is_no_size(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(memory.VARIABLE, text)
    with pytest.raises(DataError, match="write a size, such as 8G or 500M"):
        memory.allowed()
