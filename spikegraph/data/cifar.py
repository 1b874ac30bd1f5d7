"""CIFAR10 and CIFAR100 in the layout of their Python version, which torchvision uses too."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.base.surface import argument
from spikegraph.data.images import ImageArrays
from spikegraph.data.safe_pickle import is_array, is_list, read_pickle

SIDE = 32
PIXELS = 3 * SIDE * SIDE


@dataclass(frozen=True)
class Layout:
    """Where the files and values of a data set are.

    Attributes:
        folder: Its folder within the data folder.
        train: Files of the training set.
        test: Files of the test set.
        labels: Key of the class labels.
        meta: File with the class names, and their key in it.
        sizes: Number of training and test images as published.
    """

    folder: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    labels: bytes
    meta: tuple[str, bytes]
    sizes: tuple[int, int] = (50_000, 10_000)


LAYOUTS = {
    "cifar10": Layout(
        "cifar-10-batches-py",
        tuple(f"data_batch_{n}" for n in range(1, 6)),
        ("test_batch",),
        b"labels",
        ("batches.meta", b"label_names"),
    ),
    "cifar100": Layout("cifar-100-python", ("train",), ("test",), b"fine_labels", ("meta", b"fine_label_names")),
}


def read_cifar(name: str, folder: Path) -> tuple[ImageArrays, ImageArrays, list[str]]:
    """Training set, test set, and notes for the user.

    Args:
        name: `cifar10` or `cifar100`.
        folder: The folder that contains `cifar-10-batches-py` or `cifar-100-python`, or that one itself.

    Raises:
        DataError: A file is missing or damaged.
    """
    layout = LAYOUTS[name]
    within = folder / layout.folder
    root = within if within.is_dir() or not (folder / layout.test[0]).is_file() else folder
    if not root.is_dir():
        raise DataError(f"it has no folder {layout.folder}", folder, f"{argument('download')} fetches it")
    classes = class_names(layout, root)
    train, test = (_read([root / f for f in files], layout.labels, classes) for files in (layout.train, layout.test))
    found = (len(train.labels), len(test.labels))
    notes = [] if found == layout.sizes else [
        f"{name} has {found[0]:,} training and {found[1]:,} test images here, "
        f"instead of the published {layout.sizes[0]:,} and {layout.sizes[1]:,}"
    ]  # fmt: skip
    return train, test, notes


def class_names(layout: Layout, root: Path) -> tuple[str, ...]:
    """The names of the classes.

    Raises:
        DataError: Their file is missing or damaged.
    """
    file, key = layout.meta
    names = read_pickle(root / file).get(key)
    if not is_list(names) or not names:
        raise DataError(f"it has no `{key.decode()}`", root / file)
    found = [n.decode(errors="replace") if isinstance(n, bytes) else n for n in names]
    if not all(isinstance(n, str) for n in found):
        raise DataError(f"its `{key.decode()}` aren't texts", root / file)
    return tuple(map(str, found))


def _read(paths: list[Path], key: bytes, classes: tuple[str, ...]) -> ImageArrays:
    images, labels = zip(*(read_batch(path, key, len(classes)) for path in paths), strict=True)
    return ImageArrays(np.concatenate(images), np.concatenate(labels), classes)


def read_batch(path: Path, key: bytes, classes: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images uint8 [N, 32, 32, 3] and class labels [N] of one file.

    Raises:
        DataError: The file is missing or damaged.
    """
    batch = read_pickle(path)
    data, labels = batch.get(b"data"), batch.get(key)
    if not is_array(data) or data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != PIXELS:
        shown = f"{data.dtype} {list(data.shape)}" if is_array(data) else type(data).__name__
        raise DataError(f"`data` is {shown}, not uint8 [N, {PIXELS}]", path)
    if not is_list(labels) or len(labels) != len(data):
        count = len(labels) if is_list(labels) else "no"
        raise DataError(f"it has {len(data)} images and {count} `{key.decode()}`", path)
    wrong = next((label for label in labels if not isinstance(label, int) or not 0 <= label < classes), None)
    if wrong is not None:
        shown = wrong if isinstance(wrong, int) and abs(wrong) < 2**63 else f"that is {type(wrong).__name__}"
        raise DataError(f"the class {shown} is not from 0 to {classes - 1}", path)
    images = data.astype(np.uint8, copy=False).reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), np.asarray(labels, np.int64)
