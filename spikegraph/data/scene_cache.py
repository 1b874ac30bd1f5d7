"""The file of the built-in moving scenes: made once, and kept in the user's cache. Needs no download."""

from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile
from zlib import error as DamagedStream

import numpy as np

from spikegraph.base.cache import cache_folder
from spikegraph.base.errors import DataError
from spikegraph.base.file_errors import fix
from spikegraph.base.files import write_whole
from spikegraph.data.recorded_scenes import FRAMES, MOST_LAYERS, SIZE, STEPS, Recorded

GENERATOR_VERSION = 1
"""Increased with every change of the scenes; part of the file's name."""

TRAIN = 800
"""Number of training scenes."""

TEST = 200
"""Number of test scenes."""

_SEEDS = {"train": 1, "test": 2}
_ARRAYS = {
    "events": (np.int8, (STEPS, FRAMES, SIZE, SIZE)),
    "front": (np.uint8, (SIZE, SIZE)),
    "labels": (np.uint8, (MOST_LAYERS,)),
    "velocity": (np.float32, (MOST_LAYERS, 2)),
}


def cached_scenes(
    cache: Path | None = None, train: int = TRAIN, test: int = TEST
) -> tuple[Recorded, Recorded, tuple[str, ...]]:
    """Training and test scenes, and notices to print; makes the file if it is missing or damaged, in about 10 s.

    Processes that make it at the same time write the same bytes, each under a name of its own until they are complete.

    Args:
        cache: The cache; `spikegraph.base.cache.cache_folder()` by default.
        train: Number of training scenes.
        test: Number of test scenes.

    Raises:
        DataError: The file can't be read or written, or the images in the package are missing.
    """
    counts = {"train": train, "test": test}
    path = (cache or cache_folder()) / "scenes" / f"v{GENERATOR_VERSION}-{train}-{test}.npz"
    notes: tuple[str, ...] = ()
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise DataError(f"can't be read: {error.strerror}", path, fix(error)) from error
    else:
        try:
            return *_parts(content, counts), ()
        except (BadZipFile, DamagedStream, EOFError, KeyError, NotImplementedError, OSError, ValueError):
            notes = (f"the built-in moving scenes were damaged and have been made again: {path}",)
    content = make_scenes(train, test)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise DataError(f"can't be written: {error.strerror}", path, fix(error)) from error
    return *_parts(content, counts), notes


def make_scenes(train: int, test: int) -> bytes:
    """The content of the file: the arrays of both parts as `.npz`; every call gives the same bytes.

    Raises:
        DataError: The images in the package are missing.
    """
    # Imported here: scikit-image and scipy are slow to import, and only making the scenes needs them.
    from spikegraph.data.images import read_small  # noqa: PLC0415
    from spikegraph.data.random_scenes import materials  # noqa: PLC0415
    from spikegraph.data.scene import load_scene  # noqa: PLC0415
    from spikegraph.data.scene_events import record  # noqa: PLC0415

    both = materials(read_small(), load_scene()[0])
    arrays = {
        f"{part}_{name}": array
        for material, count, (part, seed) in zip(both, (train, test), _SEEDS.items(), strict=True)
        for name, array in vars(record(material, count, seed)).items()
    }
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _parts(content: bytes, counts: dict[str, int]) -> tuple[Recorded, Recorded]:
    """The scenes in a file's content.

    Raises:
        ValueError: An array has another type or shape; other exceptions where the file is damaged.
    """
    with np.load(BytesIO(content), allow_pickle=False) as data:
        train, test = (Recorded(**{name: data[f"{part}_{name}"] for name in _ARRAYS}) for part in counts)
    for part, count in zip((train, test), counts.values(), strict=True):
        for name, (dtype, shape) in _ARRAYS.items():
            array = getattr(part, name)
            if array.dtype != dtype or array.shape != (count, *shape):
                raise ValueError(f"{name} is {array.dtype} {array.shape}")
    return train, test
