"""Makes the built-in recording: a real stereo pair and simulated events, in MVSEC's layout. Needs no download.

It doesn't replace a real event camera: it shows one still scene from a rig that moves slightly in the image plane.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import h5py
import numpy as np

from spikegraph.base.cache import cache_folder
from spikegraph.base.errors import DataError
from spikegraph.base.files import write_whole
from spikegraph.data.mvsec import DATA_SUFFIX, SENSOR, TRUTH_SUFFIX, open_recording
from spikegraph.data.rectification import SIDES
from spikegraph.tasks.disparity_scores import FOCAL_BASELINE

GENERATOR_VERSION = 2
"""Increased with every change of the generator's output; part of the cache key."""

SAMPLE_NAME = "sample"
DURATION_S = 10.0
"""Length of the recording in seconds: 200 depth frames."""
SHORTEST_S = 0.1
LONGEST_S = 60.0

ORIGIN = (
    "Real images, simulated events: the Middlebury stereo pair `motorcycle` (as scikit-image carries it) seen by a "
    "simulated event camera on a moving rig, with images of what it sees. Rectified; no lens distortion."
)
_BEGIN_S = 1.5e9  # absolute seconds, as in MVSEC
_SEEDS = {"left": 1, "right": 2}
_CHUNK = 1 << 15
_IN_MEMORY: dict[str, Any] = {"driver": "core", "backing_store": False}
_PACKED: dict[str, Any] = {"compression": "gzip", "compression_opts": 1, "shuffle": True}  # every HDF5 library can read it


OnProgress = Callable[[int, int], None]
"""Called with the number of simulated views of both cameras and their total."""


def sample_folder(
    cache: Path | None = None,
    duration_s: float = DURATION_S,
    *,
    on_progress: OnProgress | None = None,
    notes: list[str] | None = None,
) -> Path:
    """The folder of the cached recording; makes the recording if it is missing or damaged.

    Args:
        cache: The cache; `spikegraph.base.cache.cache_folder()` by default.
        duration_s: Length of the recording in seconds.
        on_progress: Called while the recording is made.
        notes: Gets a note of damage.

    Raises:
        OSError: A file can't be written.
    """
    folder = (cache or cache_folder()) / "sample" / f"v{GENERATOR_VERSION}-{duration_s:g}s"
    if not all((folder / f"{SAMPLE_NAME}{suffix}").is_file() for suffix in (DATA_SUFFIX, TRUTH_SUFFIX)):
        write_sample(folder, duration_s, on_progress=on_progress)
        return folder
    try:
        open_recording(folder, SAMPLE_NAME).close()
    except DataError as error:
        if notes is not None:
            notes.append(f"the built-in recording in the cache was damaged, so it was made again: {error.message}")
        write_sample(folder, duration_s, on_progress=on_progress)
    return folder


def write_sample(folder: Path, duration_s: float = DURATION_S, on_progress: OnProgress | None = None) -> tuple[Path, Path]:
    """Make the recording; every call writes the same bytes. Takes about 1 s per second of recording on two cores.

    Each file is renamed to its final name when it is complete.

    Args:
        folder: Where `sample_data.hdf5` and `sample_gt.hdf5` are written; created if missing.
        duration_s: Length of the recording in seconds.
        on_progress: Called after each simulated view, from one thread at a time.

    Returns:
        The two files.

    Raises:
        ValueError: The duration isn't between 0.1 s and 60 s.
        OSError: A file can't be written.
    """
    if not SHORTEST_S <= duration_s <= LONGEST_S:
        raise ValueError(f"the duration must be between {SHORTEST_S} s and {LONGEST_S} s, not {duration_s} s")
    folder.mkdir(parents=True, exist_ok=True)
    return _write(folder, duration_s, on_progress)


def _write(folder: Path, duration_s: float, on_progress: OnProgress | None) -> tuple[Path, Path]:
    # Imported here: scikit-image and scipy are slow to import, and only making the sample needs them.
    from spikegraph.data.scene import load_scene  # noqa: PLC0415
    from spikegraph.data.simulate import (  # noqa: PLC0415
        MICROSECONDS,
        VIEWS_PER_DEPTH_FRAME,
        VIEWS_PER_IMAGE,
        VIEWS_PER_SECOND,
        simulate,
        views_of,
    )

    views = dict(zip(SIDES, load_scene(), strict=True))
    with ThreadPoolExecutor(max_workers=2) as pool:  # numpy releases the interpreter's lock in its loops
        seen = _counter(len(SIDES) * views_of(duration_s), on_progress)
        jobs = {side: pool.submit(simulate, views[side], duration_s, SENSOR, _SEEDS[side], seen) for side in SIDES}
        recorded = {side: job.result() for side, job in jobs.items()}

    paths = folder / f"{SAMPLE_NAME}{DATA_SUFFIX}", folder / f"{SAMPLE_NAME}{TRUTH_SUFFIX}"
    # In memory: on a full disk, HDF5's own files fail when they are closed, in ways that can't be handled.
    with h5py.File("data", "w", **_IN_MEMORY) as data, h5py.File("truth", "w", **_IN_MEMORY) as truth:
        for file in (data, truth):
            file.attrs["origin"] = ORIGIN
            file.attrs["generator_version"] = GENERATOR_VERSION
            file.attrs["rectified"] = True
        for side in SIDES:
            camera = recorded[side]
            table = np.empty((camera.t.size, 4))
            table[:, 0], table[:, 1], table[:, 3] = camera.x, camera.y, camera.p
            table[:, 2] = _BEGIN_S + camera.t / MICROSECONDS
            chunks = (min(_CHUNK, max(1, len(table))), 4)
            data.create_dataset(f"davis/{side}/events", data=table, chunks=chunks, **_PACKED)
            images = f"davis/{side}/image_raw"
            taken = _BEGIN_S + np.arange(len(camera.images)) * VIEWS_PER_IMAGE / VIEWS_PER_SECOND
            data.create_dataset(images, data=camera.images, chunks=(1, *SENSOR), **_PACKED)
            data.create_dataset(f"{images}_ts", data=taken)
            depth = np.float32(FOCAL_BASELINE) / camera.disparity
            stamps = _BEGIN_S + np.arange(1, len(depth) + 1) * VIEWS_PER_DEPTH_FRAME / VIEWS_PER_SECOND
            name = f"davis/{side}/depth_image_rect"
            truth.create_dataset(name, data=depth, chunks=(1, *SENSOR), **_PACKED)
            truth.create_dataset(f"{name}_ts", data=stamps)
        for file, path in zip((data, truth), paths, strict=True):
            file.flush()
            write_whole(path, file.id.get_file_image())
    return paths


def _counter(total: int, on_progress: OnProgress | None) -> Callable[[], None]:
    """A function that counts its calls from several threads and reports them."""
    lock, done = Lock(), 0

    def count() -> None:
        nonlocal done
        with lock:
            done += 1
            if on_progress is not None:
                on_progress(done, total)

    return count
