"""Writes small sequences in DSEC's layout, from its published description."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from PIL import Image

HEIGHT, WIDTH = 480, 640
OFFSET = 51_648_505_481  # microseconds, of the day
PERIOD = 100_000  # microseconds from one disparity to the next


@dataclass(frozen=True)
class Made:
    """What was written: raw events of each camera (x, y, t in the clock of the truth, p), maps and stored disparities."""

    folder: Path
    events: Mapping[str, NDArray[np.int64]]
    maps: Mapping[str, NDArray[np.float32]]
    stored: NDArray[np.uint16]
    times: NDArray[np.int64]


def raw_events(count: int, duration: int, seed: int) -> NDArray[np.int64]:
    """Events [N, 4] of x, y, t from 0 to `duration` microseconds, p; many at the same time, and none in every tenth ms."""
    random = np.random.default_rng(seed)
    times = np.sort(random.integers(0, duration, count))
    times = np.where(times // 1000 % 10 == 7, times // 1000 * 1000, times)
    return np.stack(
        [
            random.integers(WIDTH, size=count),
            random.integers(HEIGHT, size=count),
            np.sort(times),
            random.integers(2, size=count),
        ],
        1,
    )


def wavy_map(seed: int) -> NDArray[np.float32]:
    """A map that moves pixels by up to 9, some of them out of the frame."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    return np.stack([x + 7 * np.sin(y / 60 + seed) - 2.3, y + 5 * np.cos(x / 80 + seed) + 3.6], -1).astype(np.float32)


def write_events(path: Path, events: NDArray[np.int64], how: Mapping[str, Any] | None = None, **replaced: Any) -> None:
    """Writes `events.h5`; keyword arguments replace a data set, or omit it if None (`ms_to_idx`, `t_offset`, `x`, ...)."""
    x, y, t, p = events.T
    index = np.searchsorted(t, 1000 * np.arange(int(t[-1]) // 1000 + 1 if len(t) else 1))
    held: dict[str, Any] = {
        "events/x": x.astype(np.uint16),
        "events/y": y.astype(np.uint16),
        "events/t": t.astype(np.uint32),
        "events/p": p.astype(np.uint8),
        "ms_to_idx": index.astype(np.uint64),
        "t_offset": np.int64(OFFSET),
    }
    held |= {f"events/{name}" if name in "xytp" else name: value for name, value in replaced.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, value in held.items():
            packed = how if how and np.ndim(value) else {}
            chunks = {"chunks": (min(1000, len(value)),)} if packed else {}
            if value is not None:
                file.create_dataset(name, data=value, **chunks, **packed)


def write_disparity(path: Path, stored: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(stored).save(path, compress_level=1)


def write_sequence(
    folder: Path,
    name: str = "zurich_city_11_a",
    *,
    part: str = "train",
    disparities: int = 4,
    count: int = 6000,
    how: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Made:
    """Writes a sequence; the first disparity is at the time of the first event, as in DSEC."""
    at = folder / part / name
    random = np.random.default_rng(seed)
    duration = max(1, disparities - 1) * PERIOD + 5000
    events, maps = {}, {}
    for number, side in enumerate(("left", "right")):
        raw = raw_events(count, duration, 2 * seed + number)
        write_events(at / "events" / side / "events.h5", raw, how)
        events[side] = raw + np.array([0, 0, OFFSET, 0])
        maps[side] = wavy_map(number)
        with h5py.File(at / "events" / side / "rectify_map.h5", "w") as file:
            file["rectify_map"] = maps[side]
    stored = np.zeros((disparities, HEIGHT, WIDTH), np.uint16)
    seen = stored[:, 200:280:2]
    seen[...] = random.integers(0, 90 * 256, seen.shape)
    times = OFFSET + PERIOD * np.arange(disparities)
    for k, image in enumerate(stored):
        write_disparity(at / "disparity" / "event" / f"{2 * k:06}.png", image)
    if disparities:
        (at / "disparity" / "timestamps.txt").write_text("".join(f"{t}\n" for t in times))
    return Made(at, events, maps, stored, times)


def write_labels(at: Path, count: int = 10, classes: int = 11, seed: int = 0) -> NDArray[np.uint8]:
    """Adds DSEC-Semantic's label maps to a sequence, one every 50 ms; returns them."""
    random = np.random.default_rng(seed)
    labels = np.repeat(random.integers(0, classes, (count, 440, 1)), WIDTH, 2).astype(np.uint8)
    labels[:, :20] = 255
    (at / "11classes").mkdir(parents=True)
    for k, image in enumerate(labels):
        Image.fromarray(image).save(at / "11classes" / f"{k:06}.png", compress_level=1)
    lines = "".join(f"{OFFSET + 50_000 * k}\n" for k in range(count))
    (at / f"{at.name}_semantic_timestamps.txt").write_text(lines)
    return labels
