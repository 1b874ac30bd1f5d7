"""Data sets of noise, a few images each."""

import pickle
from pathlib import Path

import numpy as np
from PIL import Image


def write_cifar10(folder: Path) -> None:
    """CIFAR10's layout: five batches of three images and a test batch."""
    generator, root = np.random.default_rng(0), folder / "cifar-10-batches-py"
    root.mkdir(parents=True)
    for name in (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"):
        images = generator.integers(0, 256, (3, 3072), dtype=np.uint8)
        (root / name).write_bytes(pickle.dumps({b"data": images, b"labels": [0, 1, 2]}, protocol=2))
    (root / "batches.meta").write_bytes(pickle.dumps({b"label_names": [f"class {k}".encode() for k in range(10)]}, protocol=2))


def write_imagenet(folder: Path) -> None:
    """ImageNet's layout: ten images of each of two classes."""
    random = np.random.default_rng(0)
    for part, count in (("train", 8), ("val", 2)):
        for name in ("a", "b"):
            (folder / part / name).mkdir(parents=True)
            for k in range(count):
                image = Image.fromarray(random.integers(0, 256, (8, 8, 3), dtype=np.uint8))
                image.save(folder / part / name / f"{k}.png")
