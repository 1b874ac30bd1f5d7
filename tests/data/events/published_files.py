"""Writes miniatures of the published event data sets, byte by byte as their formats say, and reads them with SpikingJelly."""

import struct
import sys
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import h5py
import numpy as np


def made(seed, count, height, width, start=0, stop=300_000):
    """Random events in the order of their times: x, y, t, p."""
    random = np.random.default_rng(seed)
    t = np.sort(random.integers(start, stop, count))
    return random.integers(0, width, count), random.integers(0, height, count), t, random.integers(0, 2, count)


def write_bin(path, x, y, t, p):
    """40 bits each: column, row, polarity and 23 bits of time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    words = zip(x, y, p, t, strict=True)
    path.write_bytes(b"".join(bytes([i, j, on << 7 | k >> 16, k >> 8 & 255, k & 255]) for i, j, on, k in words))


def write_dat(path, x, y, t, p):
    """N-CARS's DAT, version 2: the time, then 14 bits of the column, 14 of the row, and the polarity."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = b"% Data file containing N9Chronocam7Event2dE events.\n% Version 2\n% Date 2017-10-31 11:29:21\n"
    events = zip(t, x, y, p, strict=True)
    path.write_bytes(head + b"\x00\x08" + b"".join(struct.pack("<II", k, i | j << 14 | on << 28) for k, i, j, on in events))


def write_aedat2(path, x, y, t, p):
    """CIFAR10-DVS's AEDAT 2.0, such that column and row are those of its authors' reader."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = b"#!AER-DAT2.0\r\n# This is a raw AE data file - do not edit\r\n# created Thu Nov 24\r\n"
    events = zip(x, y, t, p, strict=True)
    words = (struct.pack(">II", (127 - i) << 8 | (127 - j) << 1 | 1 - on, k) for i, j, k, on in events)
    path.write_bytes(head + b"".join(words))


def write_aedat3(path, x, y, t, p, packet=500):
    """DVS Gesture's AEDAT 3.1, polarity events in packets, with a packet of another kind between them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#Start-Time: 2016-06-30\r\n#!END-HEADER\r\n"]
    for k in range(0, len(t), packet):
        rows = list(zip(x[k : k + packet], y[k : k + packet], t[k : k + packet], p[k : k + packet], strict=True))
        parts.append(struct.pack("<HHIIIIII", 0, 1, 8, 4, 0, 1, 1, 1) + struct.pack("<II", 1, rows[0][2]))
        parts.append(struct.pack("<HHIIIIII", 1, 1, 8, 4, 0, len(rows), len(rows), len(rows)))
        parts += [struct.pack("<II", i << 17 | j << 2 | on << 1 | 1, when) for i, j, when, on in rows]
    path.write_bytes(b"".join(parts))


def write_shd(path, recordings, labels, *, chunked=False, packed=None, kind="<f2"):
    """SHD's HDF5, as PyTables or h5py write it: lists of times in seconds and of channels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, column, values in (("times", 0, kind), ("units", 1, "<u2")):
            rows = np.empty(len(recordings), object)
            for k, found in enumerate(recordings):
                rows[k] = found[column].astype(values)
            shape = {"maxshape": (None,), "chunks": (2,)} if chunked or packed else {}
            file.create_dataset(f"spikes/{name}", data=rows, dtype=h5py.vlen_dtype(values), compression=packed, **shape)
        file["labels"] = np.asarray(labels, np.uint16)
        file["extra/keys"] = np.array([b"zero", b"one"])


@contextmanager
def _without_its_package():
    """SpikingJelly's data sets without the import of all of them, some of which need torchaudio."""
    spec = find_spec("spikingjelly")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    package = ModuleType("spikingjelly.datasets")
    package.__path__ = [str(Path(spec.submodule_search_locations[0]) / "datasets")]
    before = {name: module for name, module in sys.modules.items() if name.startswith("spikingjelly.datasets")}
    for name in before:
        del sys.modules[name]
    sys.modules[package.__name__] = package
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.startswith("spikingjelly.datasets")]:
            del sys.modules[name]
        sys.modules.update(before)


def theirs(module):
    """A module of SpikingJelly's data sets, such as `utils`."""
    with _without_its_package():
        return import_module(f"spikingjelly.datasets.{module}")


def columns(events):
    """What SpikingJelly's readers return, as rows x, y, t, p."""
    return np.stack([np.asarray(events[key]).astype(np.int64) for key in "xytp"], 1)


def rows(file):
    """The events of one of our files, as rows x, y, t, p."""
    found = [np.stack([b.x.astype(np.int64), b.y.astype(np.int64), b.t, b.on.astype(np.int64)], 1) for b in file.blocks()]
    return np.concatenate(found)
