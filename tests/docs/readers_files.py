"""What a reader has before typing: data, recordings and a model. Small, and written as their publishers or cameras do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from ..data.dsec_files import write_sequence
from ..data.events.recording_files import random_events, write_faery
from ..data.image_files import coloured_images, flat, pickled, write_cifar10, write_folders
from ..report.made_runs import make

MODEL = """\
import torch


def net():
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU()), torch.rand(2, 3, 8, 8)
"""


def images(path: Path) -> None:
    random = np.random.default_rng(0)
    for label in ("cat", "dog"):
        (path / label).mkdir(parents=True)
        for k in range(10):
            Image.fromarray(random.integers(0, 256, (80, 90, 3), dtype=np.uint8)).save(path / label / f"{k}.png")


def recordings(path: Path) -> None:
    for number, label in enumerate(("wave", "clap")):
        (path / label).mkdir(parents=True)
        for k in range(5):
            write_faery(path / label / f"{k}.aedat4", random_events(2000, (64, 64), seed=10 * number + k), size=(64, 64))


def recording(path: Path) -> None:
    write_faery(path, random_events(3000, (34, 34)), size=(34, 34))


def mvsec(path: Path) -> None:
    """A recording of one second in MVSEC's layout, with the maps of its name."""
    path.mkdir(parents=True)
    random, frames, begin = np.random.default_rng(0), 20, 1.5e9
    with h5py.File(path / "corridor_data.hdf5", "w") as data, h5py.File(path / "corridor_gt.hdf5", "w") as truth:
        for side in ("left", "right"):
            events = np.empty((20_000, 4))
            events[:, 0], events[:, 1] = random.integers(346, size=20_000), random.integers(260, size=20_000)
            events[:, 2], events[:, 3] = begin + np.sort(random.uniform(0, 1, 20_000)), random.choice([-1, 1], 20_000)
            data[f"davis/{side}/events"] = events
        truth["davis/left/depth_image_rect_ts"] = begin + np.arange(1, frames + 1) * 0.05
        truth["davis/left/depth_image_rect"] = random.uniform(0.7, 8, (frames, 260, 346)).astype(np.float32)


def dsec(path: Path) -> None:
    for name, disparities in (("a", 3), ("b", 2), ("c", 2)):
        write_sequence(path, name, disparities=disparities, seed=ord(name))


def cifar100(path: Path) -> None:
    pixels, labels = coloured_images()
    for part, chosen in (("train", slice(0, 15)), ("test", slice(15, 20))):
        entries = {"fine_labels": (labels[chosen] * 10).tolist(), "coarse_labels": [0] * len(labels[chosen])}
        pickled(path / "cifar-100-python" / part, data=flat(pixels[chosen]), **entries)
    pickled(path / "cifar-100-python" / "meta", fine_label_names=[f"c{k}".encode() for k in range(100)])


def some_runs(path: Path) -> None:
    for seed in (0, 1):
        make(path / f"seed-{seed}", "cifar10", seed=seed)


HAS: dict[str, Callable[[Path], object]] = {
    "images": images,
    "recordings": recordings,
    "camera.aedat4": recording,
    "mvsec": mvsec,
    "dsec": dsec,
    "cifar10": lambda path: write_cifar10(path, *coloured_images()),
    "cifar100": cifar100,
    "imagenet": write_folders,
    "some-runs": some_runs,
    "run-1": lambda path: make(path, "cifar10"),
    "run-2": lambda path: make(path, "cifar10", seed=1),
    "run-3": lambda path: make(path, "cifar10", seed=2),
    "models.py": lambda path: path.write_text(MODEL, encoding="utf-8"),
}
"""By name, what makes it."""

NEEDS = {"images.sdhs": ("images",), "events.sdhs": ("recordings",)}
"""What the reader's own specs read."""


def provide(folder: Path, words: list[str]) -> None:
    """Makes what a command names and isn't there yet."""
    parts = {part for word in words for part in (word, word.partition(":")[0], word.partition("/")[0])}
    for name in [*parts, *(needed for part in parts for needed in NEEDS.get(part, ()))]:
        if name in HAS and not (folder / name).exists():
            HAS[name](folder / name)
