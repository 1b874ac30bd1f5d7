"""Small recordings in MVSEC's layout, and a short sample that is created once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from spikegraph.data.built_in_recording import write_sample
from spikegraph.data.sets import DataSet
from spikegraph.data.stereo_windows import StereoWindows
from spikegraph.dsl.ast import Declaration
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.parser import parse
from spikegraph.dsl.readers.dataset import read_dataset
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.stereo_datasets import StereoDataset
from spikegraph.dsl.source import SourceFile

from ..made_once import made_once

HEIGHT, WIDTH = 260, 346
BEGIN = 1.5e9


def events(count: int, duration: float, seed: int) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    table = np.empty((count, 4))
    table[:, 0], table[:, 1] = random.integers(WIDTH, size=count), random.integers(HEIGHT, size=count)
    table[:, 2] = BEGIN + np.sort(random.uniform(0, duration, count))
    table[:, 3] = random.integers(2, size=count) * 2 - 1
    return table


def depth(frames: int, seed: int) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    images = random.uniform(0.7, 8, (frames, HEIGHT, WIDTH)).astype(np.float32)
    images[random.random(images.shape) < 0.3] = np.nan
    return images


def declaration(**keys: object) -> StereoDataset:
    """A stereo data set as declared by a spec with these keys."""
    entries = "".join(f"  {key} = {value}\n" for key, value in keys.items())
    diagnostics = Diagnostics()
    file = parse(SourceFile("made.sdhs", f"sdhs 1\ndataset mvsec {{\n{entries}}}\n"), diagnostics)
    assert file is not None
    (node,) = file.items
    assert isinstance(node, Declaration)
    found = read_dataset(node, Scope(diagnostics, {}))
    assert found is not None, [d.summary for d in diagnostics]
    assert isinstance(found[0], StereoDataset)
    return found[0]


def recorded(samples: DataSet) -> StereoWindows:
    """The windows of which a set's samples are made."""
    assert isinstance(samples.source, StereoWindows)
    return samples.source


def labelled_frames(samples: DataSet) -> int:
    """The number of truths to evaluate."""
    return sum(sum(window.labelled) for window in recorded(samples).windows)


def truths(samples: DataSet) -> list[tuple[str, int, NDArray[np.float32]]]:
    """Recording, frame and disparity [H, W] of each truth to evaluate, as the samples have them."""
    found: list[tuple[str, int, NDArray[np.float32]]] = []
    for sample in samples.samples():
        recording, first = sample.name.rpartition("/")[::2]
        assert sample.counted is not None
        found += [(recording, int(first) + int(k), sample.target[k]) for k in np.flatnonzero(sample.counted)]
    return found


Writer = Callable[..., Path]


@pytest.fixture
def write_recording(tmp_path: Path) -> Writer:
    """Writes `<name>_data.hdf5` and `<name>_gt.hdf5`; keyword arguments replace a data set, or omit it if None."""

    def write(name: str = "corridor2", frames: int = 20, count: int = 20_000, **replaced: Any) -> Path:
        duration = frames * 0.05
        contents: dict[str, Any] = {
            # The groups are in another order than MVSEC's, and there are extra ones.
            "velodyne/scans": np.zeros((3, 2)),
            "davis/right/imu": np.zeros((4, 6)),
            "davis/right/events": events(count, duration, 2),
            "davis/right/image_raw": np.zeros((2, HEIGHT, WIDTH), np.uint8),
            "davis/left/events": events(count, duration, 1),
            "davis/left/image_raw_ts": np.arange(2.0),
            "gt:davis/right/depth_image_raw": np.zeros((1, 4, 4), np.float32),
            "gt:davis/left/odometry": np.zeros((2, 4, 4)),
            "gt:davis/left/depth_image_rect_ts": BEGIN + np.arange(1, frames + 1) * 0.05,
            "gt:davis/left/depth_image_rect": depth(frames, 3) if frames < 100 else None,
        }
        contents.update(replaced.pop("contents", {}))
        with h5py.File(tmp_path / f"{name}_data.hdf5", "w") as data, h5py.File(tmp_path / f"{name}_gt.hdf5", "w") as gt:
            for key, value in contents.items():
                if value is not None:
                    file = gt if key.startswith("gt:") else data
                    file.create_dataset(key.removeprefix("gt:"), data=value)
            if frames >= 100:  # never filled: reads as zeros (no depth) and uses no disk space
                gt.create_dataset("davis/left/depth_image_rect", (frames, HEIGHT, WIDTH), np.float32, chunks=(1, HEIGHT, WIDTH))
        return tmp_path

    return write


@pytest.fixture(scope="session")
def short_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in sample, 2 s long: 40 depth frames."""
    return made_once(tmp_path_factory, "sample", lambda folder: write_sample(folder, duration_s=2.0))
