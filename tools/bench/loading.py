"""Time to load batches of encoded event recordings, beside tonic with the same files, encoding and number of workers."""

import importlib.util
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from measure import Row, Settings, Side, compare

from spikegraph.backends.torch.train.loader import batches
from spikegraph.backends.torch.train.sampling import Draw, in_batches
from spikegraph.data.events.coding import Coding
from spikegraph.data.events.formats import open_events
from spikegraph.data.events.recordings import Recordings
from spikegraph.data.events.sample_cache import SampleCache
from spikegraph.data.events.slicing import Slicing
from spikegraph.data.sets import DataSet
from spikegraph.tasks import TASKS

BATCH = 16
SIZES = {
    "5,000 events, 34 x 34, 10 steps": (1024, 5_000, 34, 10),
    "300,000 events, 128 x 128, 16 steps": (48, 300_000, 128, 16),
}
"""Recordings, events of each, side of the sensor, time steps: about those of N-MNIST and of DVS128 Gesture."""

EVENT = np.dtype([("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "?")])


def written(folder: Path, count: int, events: int, side: int) -> list[Path]:
    """Recordings as arrays with fields, which both read."""
    random, paths = np.random.default_rng(0), list[Path]()
    for k in range(count):
        held = np.zeros(events, EVENT)
        held["x"], held["y"] = random.integers(0, side, (2, events))
        held["t"], held["p"] = np.sort(random.integers(0, 6_000_000, events)), random.integers(0, 2, events)
        paths.append(folder / f"{k}.npy")
        np.save(paths[-1], held)
    return paths


def ours(paths: list[Path], side: int, steps: int, workers: int, cache: Path | None) -> Callable[[], object]:
    """Loads all recordings once."""
    import torch

    coding = Coding("counts", Slicing(steps), (side, side))
    kept = None if cache is None else SampleCache(cache)
    held = Recordings(tuple(map(open_events, paths)), np.arange(len(paths)) % 10, tuple("abcdefghij"), coding, kept)
    samples = DataSet(held, TASKS["class"])
    order = in_batches([Draw(0, k) for k in range(len(samples))], BATCH)
    return lambda: sum(1 for _ in batches(samples, order, torch.device("cpu"), workers=workers, seed=0))


def tonics(paths: list[Path], side: int, steps: int, workers: int) -> Callable[[], object]:
    """The same with tonic's `ToFrame`."""
    import tonic  # pyright: ignore[reportMissingImports]
    import torch
    from torch.utils.data import DataLoader, Dataset

    encode = tonic.transforms.ToFrame(sensor_size=(side, side, 2), n_time_bins=steps)

    class Read(Dataset[Any]):
        def __len__(self) -> int:
            return len(paths)

        def __getitem__(self, index: int) -> Any:
            return torch.from_numpy(encode(np.load(paths[index])).astype(np.float32)), index % 10

    loader: Any = DataLoader(Read(), BATCH, **_workers(workers))
    return lambda: sum(1 for _ in loader)


def _workers(count: int) -> dict[str, Any]:
    """The workers, forked as in a training; those of this process, which was spawned, would import torch anew."""
    forked = {"multiprocessing_context": "fork", "worker_init_fn": _one_thread} if count else {}
    return {"num_workers": count, **forked}


def _one_thread(worker: int) -> None:
    import torch

    torch.set_num_threads(1)


def rows(settings: Settings) -> list[Row]:
    """Seconds to load all recordings once, without and with workers."""
    found: list[Row] = []
    peer = importlib.util.find_spec("tonic") is not None
    for what, (count, events, side, steps) in SIZES.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            paths = written(folder, count, events, side)
            for workers in (0, 1, 2):
                sides: dict[str, Side] = {}
                if peer:
                    sides["tonic"] = Side(tonics(paths, side, steps, workers), peer=True)
                sides["spikegraph"] = Side(ours(paths, side, steps, workers, None))
                sides["spikegraph, kept on the disk"] = Side(ours(paths, side, steps, workers, folder / "kept"))
                note = f"{count} recordings in batches of {BATCH}, counts"
                found.append(compare(f"load {what}, {workers} workers", sides, settings, note, clock=time.perf_counter))
    return found
