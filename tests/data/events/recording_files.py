"""Small recordings for tests, written from the published layouts."""

from __future__ import annotations

import importlib
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.events.blocks import Block, EventFile
from spikegraph.data.events.coding import Coding
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.slicing import Slicing

AGAIN = "copy or download it again"
TRUNCATED = "the file is truncated: copy or download it again"
"""Help about damaged files."""


def random_events(count: int = 3000, size: tuple[int, int] = (48, 64), duration: int = 300_000, seed: int = 0) -> Block:
    """Events in the order of time on a sensor of this height and width."""
    random = np.random.default_rng(seed)
    t = np.sort(random.integers(0, duration, count))
    return Block(random.integers(0, size[1], count), random.integers(0, size[0], count), t, random.random(count) < 0.6)


def read(file: Path | EventFile) -> Block:
    """All events of a file."""
    found = list((open_events(file) if isinstance(file, Path) else file).blocks())
    return Block(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def require_same(found: Block, expected: Sequence[Any], shift: int = 0) -> None:
    """Checks that events are x, y, t and p; all times may differ by a shift."""
    assert found.t.dtype == np.int64
    assert found.on.dtype == np.bool_
    for name, a, b in zip(("x", "y", "t", "on"), found, expected, strict=True):
        moved = np.asarray(b).astype(np.int64) + (shift if name == "t" else 0)
        np.testing.assert_array_equal(np.asarray(a).astype(np.int64), moved, err_msg=name)


def refused(path: Path, sensor: tuple[int, int] | None = (48, 64), slicing: Slicing | None = None) -> tuple[str, str | None]:
    """What encoding a recording says, and its help."""
    with pytest.raises(DataError) as caught:
        Coding("counts", slicing or Slicing(4), sensor=sensor).encoded(open_events(path))
    assert caught.value.path == path
    return caught.value.summary, caught.value.help


def write_faery(path: Path, events: Block, size: tuple[int, int] = (48, 64), **how: Any) -> Path:
    """Has the package faery write a file."""
    import faery

    made = np.zeros(len(events.t), faery.EVENTS_DTYPE)
    made["x"], made["y"], made["t"], made["on"] = events
    faery.events_stream_from_array(made, (size[1], size[0])).to_file(str(path), **how)
    return path


def write_dat(path: Path, events: Block, version: int = 2, kind: int = 12, size: int = 8, lines: str = "") -> Path:
    """DAT: 32 bits of time; x and y have 14 bits each and the polarity follows, or 9 and 8 bits and one."""
    y, on = (14, 28) if version >= 2 else (9, 17)
    words = np.empty((len(events.t), 2), "<u4")
    words[:, 0] = events.t % 2**32
    words[:, 1] = events.x | events.y << y | events.on.astype(int) << on
    path.write_bytes(f"% Data file\n% Version {version}\n{lines}".encode() + bytes([kind, size]) + words.tobytes())
    return path


AEDAT2 = "#!AER-DAT2.0\r\n# This is a raw AE data file - do not edit\r\n"


def write_aedat2(path: Path, words: NDArray[Any], times: NDArray[Any], chip: str | None = None) -> Path:
    """AEDAT 2.0: big-endian addresses and times."""
    header = AEDAT2 + ("" if chip is None else f"# AEChip: eu.seebetter.ini.chips.{chip}\r\n")
    table = np.stack([words % 2**32, times % 2**32], axis=1).astype(">u4")
    path.write_bytes(header.encode() + table.tobytes())
    return path


def dvs128_words(events: Block) -> NDArray[Any]:
    """DVS128: bit 0 is set where the light decreased, then 7 bits of x and of y, from the lower right corner."""
    return (127 - events.y) << 8 | (127 - events.x) << 1 | ~events.on


def davis_words(events: Block, size: tuple[int, int]) -> NDArray[Any]:
    """DAVIS: bit 11 is set where the light increased, x from bit 12 and y from bit 22, from the lower right corner."""
    return (size[0] - 1 - events.y) << 22 | (size[1] - 1 - events.x) << 12 | events.on.astype(int) << 11


AEDAT3 = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#Start-Time: 2016-02-02 10:00:00 (TZ+0100)\r\n#!END-HEADER\r\n"


def aedat3_packet(events: Block, overflow: int = 0, capacity: int | None = None, valid: Any = True, kind: int = 1) -> bytes:
    """A packet of AEDAT 3.1: a header of 28 bytes, then x from bit 17, y from bit 2, polarity, and whether it is valid."""
    count = len(events.t)
    head = struct.pack("<HHIIIIII", kind, 1, 8, 4, overflow, count if capacity is None else capacity, count, count)
    words = np.empty((count, 2), "<u4")
    words[:, 0] = events.x << 17 | events.y << 2 | events.on.astype(int) << 1 | np.broadcast_to(valid, count)
    words[:, 1] = events.t % 2**31
    return head + words.tobytes() + bytes(8 * ((capacity or count) - count))


def write_bin(path: Path, events: Block, marks: Sequence[int] = ()) -> Path:
    """Events of 40 bits, big-endian: x, y, polarity and 23 bits of time. Before events `marks` there is an overflow."""
    rows: list[bytes] = []
    shift = 0
    for k, (x, y, t, on) in enumerate(zip(*(column.tolist() for column in events), strict=True)):
        for _ in range(list(marks).count(k)):
            shift += 1 << 13
            rows.append(bytes([0, 240, 0, 0, 0]))
        rows.append((x << 32 | y << 24 | on << 23 | t - shift).to_bytes(5, "big"))
    path.write_bytes(b"".join(rows))
    return path


def evt21_words(events: Block) -> list[int]:
    """EVT 2.1: a word of time for each event, and one with the event as the lowest bit of its mask."""
    words: list[int] = []
    for x, y, t, on in zip(*(column.tolist() for column in events), strict=True):
        words += [8 << 60 | (t >> 6 & 2**28 - 1) << 32, on << 60 | (t & 63) << 54 | x << 43 | y << 32 | 1]
    return words


def write_evt21(path: Path, words: Sequence[int], order: str = "little", header: str | None = None) -> Path:
    """A `.raw` file of EVT 2.1 in one of the two orders of the halves of a word."""
    halves = np.array(words, "<u8").view("<u4").reshape(-1, 2)
    text = f"% evt 2.1\n% format EVT21;endianness={order};height=48;width=64\n% end\n" if header is None else header
    path.write_bytes(text.encode() + (halves if order == "little" else halves[:, ::-1]).tobytes())
    return path


def spikingjelly_module(name: str) -> ModuleType:
    """A module of `spikingjelly.datasets`, without the package's own module, which imports what isn't installed."""
    import spikingjelly

    package = "spikingjelly.datasets"
    if f"{package}.{name}" not in sys.modules:
        stub = ModuleType(package)
        stub.__path__ = [str(Path(spikingjelly.__file__).parent / "datasets")]
        sys.modules[package] = stub
        try:
            importlib.import_module(f"{package}.{name}")
        finally:
            del sys.modules[package]
    return sys.modules[f"{package}.{name}"]
