"""Damaged and hostile HDF5 recordings, checked and read.

Files in MVSEC's layout, written in several ways, are damaged: bytes anywhere, or claims and links that HDF5 allows.
`data check` must give a report, and reading the recording must succeed or be a `DataError`, within 1 GiB and 20 s.
"""

import random
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

import h5py
import numpy as np
from cases import Outcome
from isolated import Isolated
from mutations import damaged

from spikegraph.base.errors import DataError
from spikegraph.data.check import check
from spikegraph.data.hdf5 import sizes
from spikegraph.data.mvsec import open_recording
from spikegraph.data.stacks import StackSource

NAME = "made"
HEIGHT, WIDTH = 260, 346
EVENTS, FRAMES = 3000, 3
BEGIN = 1.5e9
DEPTH = "davis/left/depth_image_rect"

LAYOUTS = ("plain", "packed", "newest", "packed newest")


def attack(seed: int) -> Outcome:
    """Damages one of the two files of a recording and reads it."""
    rng = random.Random(seed)
    layout = rng.choice(LAYOUTS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in templates(layout).iterdir():
            shutil.copy(path, folder)
        kind = _hostile(folder, rng) if rng.random() < 0.1 else _damage(folder, rng)
        wrong = _read(folder)
    return Outcome(kind, not wrong, wrong and f"{layout}: {wrong}")


case = Isolated(attack)


@lru_cache
def templates(layout: str) -> Path:
    """The folder of a recording that is written in one way."""
    folder = Path(tempfile.mkdtemp(prefix="hdf5-"))
    numbers = np.random.default_rng(0)
    newest = "latest" if "newest" in layout else "earliest"
    packed = {"compression": "gzip", "shuffle": True, "fletcher32": True} if "packed" in layout else {}
    with h5py.File(folder / f"{NAME}_data.hdf5", "w", libver=newest) as file:
        file.attrs["origin"], file.attrs["rectified"] = "made up", True
        for side in ("left", "right"):
            table = np.empty((EVENTS, 4))
            table[:, 0], table[:, 1] = numbers.integers(WIDTH, size=EVENTS), numbers.integers(HEIGHT, size=EVENTS)
            table[:, 2] = BEGIN + np.sort(numbers.uniform(0, FRAMES * 0.05, EVENTS))
            table[:, 3] = numbers.integers(2, size=EVENTS) * 2 - 1
            file.create_dataset(f"davis/{side}/events", data=table, chunks=(500, 4) if packed else None, **packed)
        file["davis/left/other"] = h5py.SoftLink("/davis/left/events")
    with h5py.File(folder / f"{NAME}_gt.hdf5", "w", libver=newest) as file:
        depth = (
            np.round(numbers.uniform(1, 8, (FRAMES, HEIGHT // 20, WIDTH // 2))).repeat(20, 1).repeat(2, 2).astype(np.float32)
        )
        file.create_dataset(DEPTH, data=depth, chunks=(1, HEIGHT, WIDTH) if packed else None, **packed)
        file.create_dataset(f"{DEPTH}_ts", data=BEGIN + np.arange(1, FRAMES + 1) * 0.05, maxshape=(None,) if packed else None)
    return folder


def _damage(folder: Path, rng: random.Random) -> str:
    """Damages bytes of a file; mostly where HDF5 describes what the file has."""
    path, other = rng.sample(sorted(folder.glob("*.hdf5")), 2)
    data, kind = bytearray(path.read_bytes()), ""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        marks = [at for mark in (b"OHDR", b"TREE", b"HEAP", b"SNOD", b"FRHP", b"FADB", b"FAHD") for at in _places(data, mark)]
        if marks and rng.random() < 0.5:
            start = rng.choice(marks)
            kind, part = damaged(bytes(data[start : start + 512]), rng)
            data[start : start + 512] = part
        else:
            kind, whole = damaged(bytes(data), rng, other.read_bytes())
            data = bytearray(whole)
    path.write_bytes(data)
    return kind


def _places(data: bytearray, mark: bytes) -> list[int]:
    found, at = list[int](), data.find(mark)
    while at >= 0 and len(found) < 50:
        found.append(at)
        at = data.find(mark, at + 1)
    return found


def _hostile(folder: Path, rng: random.Random) -> str:
    """Writes something into a file that HDF5 allows and a stranger could mean badly."""
    name = rng.choice(("davis/left/events", f"{DEPTH}_ts", DEPTH))
    path = folder / f"{NAME}_{'data' if name.endswith('events') else 'gt'}.hdf5"
    outside = folder / "outside"
    kind = rng.choice(("external link", "external storage", "virtual", "soft links", "claims", "chunks", "attribute", "values"))
    with h5py.File(path, "a") as file:
        shape = tuple(sizes(file[name]))
        values = file[name][:]
        if kind not in ("attribute", "values"):
            del file[name]
        match kind:
            case "external link":
                file[name] = h5py.ExternalLink(str(outside), "/x")
            case "external storage":
                outside.write_bytes(values.tobytes())
                file.create_dataset(name, shape, values.dtype, external=[(str(outside), 0, h5py.h5f.UNLIMITED)])
            case "virtual":
                layout = h5py.VirtualLayout(shape, values.dtype)
                layout[:] = h5py.VirtualSource(str(outside), "x", shape)
                file.create_virtual_dataset(name, layout)
            case "soft links":
                file[name] = h5py.SoftLink(rng.choice((f"/{name}", "/nowhere", "davis/../..", "/davis/again")))
                file["davis/again"] = h5py.SoftLink(rng.choice(("/davis/again", f"/{name}")))
            case "claims":
                count = rng.choice((10**6, 10**9, 10**12, 2**40))
                packed = {"chunks": (1000, *shape[1:]), "compression": "gzip"} if rng.random() < 0.5 else {}
                file.create_dataset(name, (count, *shape[1:]), values.dtype, **packed)
            case "chunks":
                file.create_dataset(name, (2**20, *shape[1:]), values.dtype, chunks=(2**10 * rng.choice((1, 2)), *shape[1:]))
            case "attribute":
                file.attrs.create(rng.choice(("rectified", "origin")), np.zeros(rng.choice((0, 2, 5000))))
            case _:
                odd = rng.choice((np.nan, np.inf, -1.0, 1e308, -1e308, 346.0, 1e19))
                with np.errstate(over="ignore"):  # float32 has no 1e308
                    file[name][rng.randrange(shape[0])] = odd
    return kind


def _read(folder: Path) -> str:
    report = check(folder)
    report.text()
    try:
        with open_recording(folder, NAME) as recording:
            source = StackSource(recording, 0.05, 5)
            for k in range(min(len(source), FRAMES)):
                source.stack("left", k)
                source.stack("right", k)
                source.disparity(k)
    except DataError as error:
        return "" if "\n" not in str(error) and error.path is not None else f"the message is {error!r}"
    return ""
