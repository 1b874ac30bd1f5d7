"""The memory that encoding needs doesn't grow with the length of a recording."""

from __future__ import annotations

import resource
import subprocess
import sys
import textwrap
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from spikegraph.data.events import slicing
from spikegraph.data.events.blocks import LARGEST
from spikegraph.data.events.coding import Coding
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.slicing import Slicing

from .recording_files import AEDAT2, AEDAT3, aedat3_packet, random_events, write_bin, write_faery

SHORT, LONG = 500_000, 10_000_000
UNIT = 100_000
"""A recording repeats the same events, later each time."""

EVENTS = random_events(UNIT, (128, 128), UNIT)
MEGABYTE = 1 << 20
EACH = 25
"""Bytes of an event in memory: two coordinates of 8 at most, a time of 8, a polarity."""

BOUND = 3 * LARGEST * EACH + slicing.KEPT * EACH + 16 * MEGABYTE
"""A block as it is read, as columns and as bytes, the events that are kept, and what is computed of them: 60 MiB."""

Part = Callable[[int], bytes]


def table(k: int) -> NDArray[Any]:
    """Events of a part, [N, 4]."""
    return np.stack([EVENTS.x, EVENTS.y, EVENTS.t + k * UNIT, EVENTS.on], axis=1)


def dat(k: int) -> bytes:
    words = EVENTS.x | EVENTS.y << 14 | EVENTS.on.astype(int) << 28
    head = b"% Version 2\n\x0c\x08" if k == 0 else b""
    return head + np.stack([EVENTS.t + k * UNIT, words], axis=1).astype("<u4").tobytes()


def aedat2(k: int) -> bytes:
    words = (127 - EVENTS.y) << 8 | (127 - EVENTS.x) << 1 | ~EVENTS.on
    head = AEDAT2.encode() if k == 0 else b""
    return head + np.stack([words % 2**32, EVENTS.t + k * UNIT], axis=1).astype(">u4").tobytes()


def aedat3(k: int) -> bytes:
    return (AEDAT3 if k == 0 else b"") + aedat3_packet(EVENTS._replace(t=EVENTS.t + k * UNIT))


def evt2(k: int) -> bytes:
    t = EVENTS.t + k * UNIT
    words = np.stack([8 << 28 | t >> 6, EVENTS.on.astype(int) << 28 | (t & 63) << 22 | EVENTS.x << 11 | EVENTS.y], axis=1)
    return (b"% evt 2.0\n% end\n" if k == 0 else b"") + words.astype("<u4").tobytes()


def evt21(k: int) -> bytes:
    """Words of 32 events each."""
    first = EVENTS.where(slice(None, None, 32))
    t = first.t + k * UNIT
    heads = first.on.astype(int) << 28 | (t & 63) << 22 | (first.x // 32 * 32) << 11 | first.y
    words = np.stack([np.zeros_like(t), 8 << 28 | t >> 6, np.full_like(t, 2**32 - 1), heads], axis=1)
    return (b"% format EVT21;endianness=little\n% end\n" if k == 0 else b"") + words.astype("<u4").tobytes()


def repeated(part: Part) -> Callable[[Path, int], None]:
    """Writes a recording part by part."""

    def write(path: Path, count: int) -> None:
        with path.open("wb") as file:
            for k in range(count // UNIT):
                file.write(part(k))

    return write


def write_bins(path: Path, count: int) -> None:
    write_bin(path, EVENTS)
    data = path.read_bytes()
    with path.open("wb") as file:
        for _ in range(count // UNIT):
            file.write(data)


def write_npy(path: Path, count: int) -> None:
    with path.open("wb") as file:
        header = {"descr": "<i4", "fortran_order": False, "shape": (count, 4)}
        np.lib.format.write_array_header_1_0(file, header)
        for k in range(count // UNIT):
            file.write(table(k).astype("<i4").tobytes())


def write_npz(path: Path, count: int) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate("xytp"):
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array_header_1_0(file, {"descr": "<i4", "fortran_order": False, "shape": (count,)})
                for k in range(count // UNIT):
                    file.write(table(k)[:, number].astype("<i4").tobytes())


def write_hdf5(path: Path, count: int) -> None:
    with h5py.File(path, "w") as file:
        for number, name in enumerate("xytp"):
            made = file.create_dataset(name, (count,), "i4", chunks=(UNIT,))
            for k in range(count // UNIT):
                made[k * UNIT : (k + 1) * UNIT] = table(k)[:, number]


WRITERS: dict[str, Callable[[Path, int], None]] = {
    "a.dat": repeated(dat),
    "2.aedat": repeated(aedat2),
    "3.aedat": repeated(aedat3),
    "2.raw": repeated(evt2),
    "21.raw": repeated(evt21),
    "a.bin": write_bins,
    "a.npy": write_npy,
    "a.npz": write_npz,
    "a.h5": write_hdf5,
}


def peak(path: Path, coding: Coding, count: int) -> int:
    """The most bytes that encoding a recording allocates."""
    tracemalloc.start()
    try:
        assert coding.encoded(open_events(path)).sum() == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", list(WRITERS))
def test_a_long_recording_needs_no_more_memory(tmp_path: Path, name: str) -> None:
    coding = Coding("counts", Slicing(8), sensor=(128, 128))
    peaks: list[int] = []
    for count in (SHORT, LONG):
        WRITERS[name](tmp_path / name, count)
        peaks.append(peak(tmp_path / name, coding, count))
    assert peaks[0] < BOUND
    assert peaks[1] < BOUND
    assert BOUND < LONG * EACH / 3


MEASURED = textwrap.dedent("""
    import sys, threading, time
    from pathlib import Path
    import faery
    from spikegraph.data.events.coding import Coding
    from spikegraph.data.events.formats import open_events
    from spikegraph.data.events.slicing import Slicing

    def pages():
        return int(Path("/proc/self/statm").read_text().split()[1])

    def watch():
        while True:
            peak[0] = max(peak[0], pages())
            time.sleep(0.002)

    peak = [pages()]
    before = peak[0]
    threading.Thread(target=watch, daemon=True).start()
    sample = Coding("counts", Slicing(8)).encoded(open_events(Path(sys.argv[1])))
    print(sample.sum(), peak[0] - before)
""")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="it tells the memory of a process on Linux only")
@pytest.mark.parametrize("name", ["a.aedat4", "a.raw"])
def test_a_long_recording_that_faery_reads_needs_no_more_memory(tmp_path: Path, name: str) -> None:
    """Measured as the pages of a process, since faery allocates memory that Python doesn't know of."""
    long = random_events(LONG // 2, (128, 128), LONG)
    grown: list[int] = []
    for count in (SHORT, LONG // 2):
        path = write_faery(tmp_path / name, long.where(slice(count)), (128, 128))
        run = subprocess.run([sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True)
        found, pages = map(int, run.stdout.split())
        assert found == count
        grown.append(pages * resource.getpagesize())
    assert max(grown) < BOUND
