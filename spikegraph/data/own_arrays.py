"""Reads images of one's own from arrays: .npz and HDF5 files with named arrays, or .npy files."""

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.data import hdf5
from spikegraph.data.drawn import drawn
from spikegraph.data.images import ImageArrays
from spikegraph.dsl.schema.dataset import ArrayFiles, OwnArrays
from spikegraph.dsl.schema.names import leads_out
from spikegraph.errors import DataError
from spikegraph.surface import argument

HDF5 = (".h5", ".hdf5", ".hdf")

DAMAGED = (OSError, ValueError, KeyError, EOFError, MemoryError, RuntimeError, zipfile.BadZipFile, zlib.error)


def read_arrays(dataset: OwnArrays, folder: Path) -> tuple[ImageArrays, ImageArrays]:
    """Images for training and for the test.

    Raises:
        DataError: A file or an array is missing, damaged, or of another form than images and their labels.
    """
    images, labels, where = _pair(dataset, folder, dataset.inputs, dataset.targets)
    if (test := names_of_test(dataset)) is not None:
        test_images, test_labels, _ = _pair(dataset, folder, *test)
        classes = _classes(np.concatenate([labels, test_labels]), where)
        return _set(images, labels, classes), _set(test_images, test_labels, classes)
    classes, test = _classes(labels, where), np.zeros(len(labels), np.bool_)
    for number, name in enumerate(classes):
        places = np.flatnonzero(labels == name)
        chosen = drawn(name, number, len(places), dataset.test, dataset.split_seed, where)
        test[places[sorted(chosen)]] = True
    return _set(images[~test], labels[~test], classes), _set(images[test], labels[test], classes)


def names_of_test(dataset: ArrayFiles) -> tuple[str, str] | None:
    """The names of the arrays with the test inputs and their truths; None if they are drawn.

    Raises:
        DataError: Only one of them is given.
    """
    if dataset.test_inputs is not None and dataset.test_targets is not None:
        return dataset.test_inputs, dataset.test_targets
    if dataset.test_inputs is not None or dataset.test_targets is not None:
        raise DataError(
            "`test_inputs` and `test_targets` belong together", help="give both, or none to have the test set drawn"
        )
    return None


def _set(images: NDArray[Any], labels: NDArray[Any], classes: tuple[str, ...]) -> ImageArrays:
    numbers = {name: k for k, name in enumerate(classes)}
    return ImageArrays(images, np.asarray([numbers[name] for name in labels.tolist()], np.int64), classes)


def _classes(labels: NDArray[Any], where: Path) -> tuple[str, ...]:
    """The names of the classes: numbers in their order, others by the alphabet."""
    found = sorted(set(labels.tolist()), key=lambda name: (0, int(name), "") if name.lstrip("-").isdigit() else (1, 0, name))
    if len(found) < 2:
        raise DataError(f"all labels are `{found[0]}`; a classification needs two or more classes", where)
    return tuple(found)


def _pair(dataset: OwnArrays, folder: Path, inputs: str, targets: str) -> tuple[NDArray[Any], NDArray[Any], Path]:
    """Images [N, H, W, C], their labels as texts [N], and the file of the labels."""
    where, images = read_array(dataset, folder, inputs)
    form = "[N, H, W] or [N, H, W, C]" if dataset.channels == "last" else "[N, H, W] or [N, C, H, W]"
    if images.ndim not in (3, 4) or not images.size:
        raise DataError(f"`{inputs}` has the shape {list(images.shape)}; images are {form}", where)
    images = images[..., None] if images.ndim == 3 else images if dataset.channels == "last" else images.transpose(0, 2, 3, 1)
    if images.dtype != np.uint8:
        if not np.issubdtype(images.dtype, np.floating):
            help = "store uint8, which is divided by 255, or floating-point numbers, which are taken as they are"
            raise DataError(f"`{inputs}` has numbers of the type {images.dtype}", where, help)
        images = images.astype(np.float32)
        if not np.isfinite(images).all():
            raise DataError(f"`{inputs}` has numbers that aren't finite", where)
    where, labels = read_array(dataset, folder, targets)
    if labels.shape != images.shape[:1]:
        raise DataError(
            f"`{targets}` has the shape {list(labels.shape)} for {len(images)} images", where, "give one label for each"
        )
    if labels.dtype.kind not in "iuUS":
        raise DataError(f"`{targets}` has labels of the type {labels.dtype}", where, "store integers or texts")
    return images, np.char.decode(labels, "utf-8") if labels.dtype.kind == "S" else labels.astype(np.str_), where


def read_array(dataset: ArrayFiles, folder: Path, name: str) -> tuple[Path, NDArray[Any]]:
    """The file of an array, and the array.

    Raises:
        DataError: The file or the array is missing or damaged.
    """
    file = name if dataset.file is None else dataset.file
    if leads_out(file):
        raise DataError(
            f"`{file}` isn't in the folder of the data",
            folder,
            f"name a file in it, or give its folder with {argument('data', 'DIR')}",
        )
    path = folder / file
    if not path.is_file():
        raise DataError("there is no such file", path, "name it with `file`, relative to the folder of the data")
    suffix = path.suffix.lower()
    if suffix in HDF5:
        return path, _of_hdf5(path, name)
    if suffix not in (".npz", ".npy") or (suffix == ".npy") != (dataset.file is None):
        raise DataError(
            "arrays are read from .npz and HDF5 files, or from .npy files", path,
            'name the one as `file = "NAME.npz"`, the others as `inputs = "NAME.npy"` without `file`',
        )  # fmt: skip
    return path, _loaded(path, lambda: _of_npz(path, name) if suffix == ".npz" else np.load(path, allow_pickle=False))


def _loaded(path: Path, load: Callable[[], Any]) -> NDArray[Any]:
    try:
        return load()
    except DAMAGED as error:
        raise DataError(
            f"it can't be read: {error or type(error).__name__}", path, "write it again, without objects"
        ) from error


def _of_npz(path: Path, name: str) -> NDArray[Any]:
    with np.load(path, allow_pickle=False) as held:
        if name not in held.files:
            raise _missing(path, name, held.files)
        return held[name]


def _of_hdf5(path: Path, name: str) -> NDArray[Any]:
    with hdf5.open_file(path) as file:
        held = hdf5.contents(file, path)
        if name not in held:
            raise _missing(path, name, list(held))
        found = hdf5.dataset(file, path, name, (None,) * len(held[name]))
        hdf5.require_stored(found, path, name)
        with hdf5.reading(path, f"`{name}`"):
            return np.asarray(found[...])


def _missing(path: Path, name: str, held: list[str]) -> DataError:
    shown = ", ".join(f"`{hdf5.printable(one)}`" for one in sorted(held)[:20]) or "none"
    return DataError(f"it has no array `{name}`", path, f"name one that it has with `inputs` and `targets`: {shown}")
