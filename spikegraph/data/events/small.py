"""`events_small`: the small Fashion-MNIST moved before a simulated event camera. Real images, simulated events.

Each image stands before the simulator of the built-in stereo recording and is moved as in N-MNIST: three straight saccades
of 100 ms along a triangle (Orchard et al., Front. Neurosci. 2015). It doesn't replace a real event camera: the images are
grey, still and well lit, and all are moved alike.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.cache import cache_folder
from spikegraph.base.errors import DataError
from spikegraph.base.files import write_whole
from spikegraph.data.events.blocks import Block
from spikegraph.data.images import ImageArrays, read_small
from spikegraph.data.simulate import Pixels

VERSION = 1
"""Increased with every change of the events; part of the name of the cached file."""

SENSOR = (34, 34)
"""Height and width of the sensor in pixels, as of N-MNIST."""

CORNERS = ((0.0, 0.0), (2.0, 3.0), (-2.0, 3.0), (0.0, 0.0))
"""Where the image is at the ends of the saccades: pixels to the right and down."""

SACCADE_US = 100_000
VIEWS = 10
"""Views of a saccade."""

AMBIENT = 0.3
"""Light that black reflects, of 1 for white; a real sensor sees no black either."""

NOISE_RATE = 0.3
"""Noise events per pixel and second."""

TICK_US = 10
"""Resolution of the time stamps in microseconds, which then fit 16 bits."""

BATCH = 500
"""Images that are simulated at once, side by side."""

_SEED = 2


@dataclass(frozen=True, repr=False)
class Moved:
    """The events of one image."""

    path: Path
    words: NDArray[np.uint16]
    ticks: NDArray[np.uint16]
    part: str = ""

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`."""
        return SENSOR

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        y, x = np.divmod(self.words >> 1, SENSOR[1])
        yield Block(x, y, self.ticks.astype(np.int64) * TICK_US, (self.words & 1).astype(np.bool_))


def read_moved(cache: Path | None = None) -> tuple[list[Moved], list[Moved], ImageArrays, ImageArrays]:
    """The recordings for training and for the test, and the images that were moved; generated at the first call.

    Args:
        cache: The cache; the user's by default.

    Raises:
        DataError: The installation is incomplete, or the recordings can't be written.
    """
    train, test = read_small()
    path = (cache or cache_folder()) / f"events_small-v{VERSION}.npz"
    held = _read(path)
    if held is None:
        content = _generated(np.concatenate([train.images, test.images])[..., 0].astype(np.uint8))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        except OSError as error:
            help = "make room, or set XDG_CACHE_HOME to another folder"
            raise DataError(f"it can't be written: {error.strerror or error}", path, help) from error
        held = _read(path)
        assert held is not None, "what was written can be read"
    words, ticks, ends = held
    starts = [0, *ends[:-1].tolist()]
    made = [
        Moved(path, words[a:b], ticks[a:b], f"image {k}: ") for k, (a, b) in enumerate(zip(starts, ends.tolist(), strict=True))
    ]
    return made[: len(train.labels)], made[len(train.labels) :], train, test


def _read(path: Path) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.int64]] | None:
    """The arrays of a file; None if it is missing or damaged, since it can be made again."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            return held["words"], held["ticks"], held["ends"]
    except Exception:  # noqa: BLE001 (damaged archives raise many kinds)
        return None


def _generated(images: NDArray[np.uint8]) -> bytes:
    """The file of the events of images, uint8 [N, 28, 28]; always the same bytes for the same images."""
    parts = [_simulated(images[k : k + BATCH], np.random.default_rng([_SEED, k])) for k in range(0, len(images), BATCH)]
    words, ticks, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    content = io.BytesIO()
    np.savez(content, words=words, ticks=ticks, ends=np.cumsum(counts))
    return content.getvalue()


def _simulated(
    images: NDArray[np.uint8], random: np.random.Generator
) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.int64]]:
    """The events of a batch, sorted by image and time: pixel and polarity, time in ticks, and the number of each image."""
    area, step = SENSOR[0] * SENSOR[1], SACCADE_US // VIEWS
    light = np.pad(images.astype(np.float32) / np.float32(255), [(0, 0), *[((n - 28) // 2 + 4,) * 2 for n in SENSOR]])
    views = [view(light, *place) for place in places()]
    pixels = Pixels(np.log(views[0]), random)
    found = [pixels.see(np.log(seen)) for seen in views[1:]]
    cell = [pixel for pixel, _, _ in found]
    time = [(number * step + part * step) // TICK_US for number, (_, part, _) in enumerate(found)]
    on = [sign > 0 for _, _, sign in found]
    length = step * len(found)
    noise = int(random.poisson(NOISE_RATE * area * len(images) * length / 1e6))
    cell.append(random.integers(area * len(images), size=noise))
    time.append(random.integers(length // TICK_US, size=noise).astype(np.float64))
    on.append(random.random(noise) < 0.5)
    cells, ticks, signs = (np.concatenate(column) for column in (cell, time, on))
    ticks = np.minimum(ticks, length // TICK_US - 1).astype(np.uint16)
    image, place = np.divmod(cells, area)
    order = np.lexsort((ticks, image))
    return (place * 2 + signs).astype(np.uint16)[order], ticks[order], np.bincount(image, minlength=len(images))


def places() -> list[tuple[float, float]]:
    """Where the image is in each view, and before the first: pixels to the right and down."""
    found = [CORNERS[0]]
    for (x0, y0), (x1, y1) in pairwise(CORNERS):
        found += [(x0 + (x1 - x0) * k / VIEWS, y0 + (y1 - y0) * k / VIEWS) for k in range(1, VIEWS + 1)]
    return found


def view(light: NDArray[np.float32], right: float, down: float) -> NDArray[np.float32]:
    """The light at the sensor's pixels for images moved by a part of a pixel, bilinearly; flat [N * 34, 34]."""
    x, y = int(np.floor(right)), int(np.floor(down))
    a, b = right - x, down - y
    weights = ((0, 0, (1 - a) * (1 - b)), (1, 0, a * (1 - b)), (0, 1, (1 - a) * b), (1, 1, a * b))
    total = np.zeros((len(light), *SENSOR), np.float32)
    for dx, dy, weight in weights:
        top, left = 4 - y - dy, 4 - x - dx
        total += np.float32(weight) * light[:, top : top + SENSOR[0], left : left + SENSOR[1]]
    return (np.float32(AMBIENT) + np.float32(1 - AMBIENT) * total).reshape(-1, SENSOR[1])
