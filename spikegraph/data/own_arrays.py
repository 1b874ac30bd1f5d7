"""Reads images of one's own from arrays: .npz and HDF5 files with named arrays, or .npy files."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.base.memory import require_memory
from spikegraph.data import array_files, hdf5
from spikegraph.data.array_files import Head, whole
from spikegraph.data.boxes import array_of_boxes
from spikegraph.data.drawn import drawn
from spikegraph.data.images import ImageArrays
from spikegraph.data.named_arrays import head_of
from spikegraph.dsl.schema.arrays import ArrayFiles
from spikegraph.dsl.schema.class_datasets import OwnArrays

MOST_CLASSES = 100_000
"""Most classes, and most characters of all their names."""
LONGEST_NAMES = 1 << 22
LONGEST_NUMBER = 40
"""Most digits of the name of a class that counts as a number."""

VECTORS = 2
"""The axes of an array of vectors, [N, F]."""

Form = Callable[["Pair"], None]


class Pair(NamedTuple):
    """An array of inputs and that of their truths, as their files claim them."""

    inputs: Head
    targets: Head


def read_arrays(dataset: OwnArrays, folder: Path) -> tuple[ImageArrays, ImageArrays]:
    """Images for training and for the test.

    Raises:
        DataError: A file or an array is missing, damaged, of another form than images and their labels, or too large for the
            memory.
    """
    found = pairs_of(dataset, folder, partial(images_form, channels=dataset.channels))
    (images, labels), *test = [(_images(dataset, pair), _labels(pair.targets)) for pair in found]
    where = found[-1].targets.path
    if test:
        classes = class_names(Counter(_both(labels, test[0][1])), where)
        return _set(images, labels, classes), _set(*test[0], classes)
    classes = class_names(Counter(labels.tolist()), where)
    for_test = np.zeros(len(labels), np.bool_)
    for number, name in enumerate(classes):
        places = np.flatnonzero(labels == name)
        chosen = drawn(name, number, len(places), dataset.test, dataset.split_seed, where)
        for_test[places[sorted(chosen)]] = True
    return _set(images[~for_test], labels[~for_test], classes), _set(images[for_test], labels[for_test], classes)


def holds_images(dataset: OwnArrays, folder: Path) -> bool:
    """Whether the arrays are images with classes, and neither sequences nor vectors.

    Raises:
        DataError: The file or the array is missing or damaged.
    """
    return dataset.plain_images and len(head_of(dataset, folder, dataset.inputs).shape) > VECTORS


def pairs_of(dataset: ArrayFiles, folder: Path, require: Form) -> list[Pair]:
    """The arrays for training, and those for the test if the declaration names them; of the right form, and not too large.

    Args:
        dataset: The declaration.
        folder: The folder of the files.
        require: Raises a `DataError` if a pair has another form.

    Raises:
        DataError: A file or an array is missing, damaged, of another form, or too large for the memory.
    """
    test = names_of_test(dataset)
    named = [(dataset.inputs, dataset.targets), *([test] if test else [])]
    found = [Pair(*(head_of(dataset, folder, name) for name in names)) for names in named]
    for pair in found:
        try:
            require(pair)
        except DataError as error:
            raise array_of_boxes(pair.targets) or error from error
    require_fit(found)
    return found


def require_fit(pairs: Sequence[Pair]) -> None:
    """Checks that arrays fit the memory.

    Raises:
        DataError: They don't.
    """
    held = [head for pair in pairs for head in pair]
    require_memory(sum(head.bytes for head in held), " and ".join(map(told, held)), held[0].path)


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


def images_form(pair: Pair, channels: str) -> None:
    """Checks that a pair has the form of images and their labels.

    Raises:
        DataError: It has another one.
    """
    images, labels = pair
    form = "[N, H, W] or [N, H, W, C]" if channels == "last" else "[N, H, W] or [N, C, H, W]"
    if len(images.shape) not in (3, 4) or not images.bytes:
        raise DataError(f"{told(images)} has the shape {list(images.shape)}; images are {form}", images.path)
    if images.kind != np.uint8 and not np.issubdtype(images.kind, np.floating):
        help = "store uint8, which is divided by 255, or floating-point numbers, which are taken as they are"
        raise DataError(f"{told(images)} has numbers of the type {images.kind}", images.path, help)
    if labels.shape != images.shape[:1]:
        summary = f"{told(labels)} has the shape {list(labels.shape)} for {images.shape[0]} images"
        raise DataError(summary, labels.path, "give one label for each")
    if labels.kind.kind not in "iuUS":
        raise DataError(f"{told(labels)} has labels of the type {labels.kind}", labels.path, "store integers or texts")


def told(head: Head) -> str:
    """The name of an array for messages: a `.npy` file is named by its own."""
    return f"`{hdf5.printable(head.name or head.path.name)}`"


def as_pixels(values: NDArray[Any], head: Head) -> NDArray[Any]:
    """Values of images as uint8 or float32.

    Raises:
        DataError: One isn't finite as float32; the message names its sample.
    """
    if values.dtype == np.uint8:
        return values
    with np.errstate(over="ignore"):
        found = values.astype(np.float32)
    if not np.isfinite(found).all():
        row = array_files.first_row(head, _not_finite)
        raise DataError(f"`{hdf5.printable(head.name or head.path.name)}[{row}]` has numbers that aren't finite", head.path)
    return found


def _not_finite(values: NDArray[Any]) -> NDArray[np.bool_]:
    with np.errstate(over="ignore"):
        return ~np.isfinite(values.astype(np.float32))


def _images(dataset: OwnArrays, pair: Pair) -> NDArray[Any]:
    """Images [N, H, W, C]."""
    found = as_pixels(whole(pair.inputs), pair.inputs)
    if found.ndim == 3:
        return found[..., None]
    return found if dataset.channels == "last" else found.transpose(0, 2, 3, 1)


def as_targets(values: NDArray[Any], head: Head) -> NDArray[np.float32]:
    """Targets as float32; NaN means that one isn't known.

    Raises:
        DataError: One is infinite as float32; the message names its sample.
    """
    with np.errstate(over="ignore"):
        found = values.astype(np.float32)
    if np.isinf(found).any():
        row = array_files.first_row(head, _infinite)
        what = f"`{hdf5.printable(head.name or head.path.name)}[{row}]` has an infinite target"
        raise DataError(what, head.path, "store a finite number, or NaN where it isn't known")
    return found


def _infinite(values: NDArray[Any]) -> NDArray[np.bool_]:
    with np.errstate(over="ignore"):
        return np.isinf(values.astype(np.float32))


def _labels(head: Head) -> NDArray[Any]:
    return as_texts(whole(head), head)


def as_texts(labels: NDArray[Any], head: Head) -> NDArray[Any]:
    """Labels as texts.

    Raises:
        DataError: Bytes aren't UTF-8.
    """
    if labels.dtype.kind != "S":
        return labels.astype(np.str_)
    try:
        return np.char.decode(labels, "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{told(head)} has labels that aren't UTF-8", head.path, "store integers or texts") from error


def _set(images: NDArray[Any], labels: NDArray[Any], classes: tuple[str, ...]) -> ImageArrays:
    numbers = {name: k for k, name in enumerate(classes)}
    return ImageArrays(images, np.asarray([numbers[name] for name in labels.tolist()], np.int64), classes)


def _both(*labels: NDArray[Any]) -> list[str]:
    return [name for part in labels for name in part.tolist()]


def class_names(counts: Mapping[str, int], where: Path) -> tuple[str, ...]:
    """The names of the classes: numbers in their order, others by the alphabet.

    Raises:
        DataError: There are fewer than two, or too many.
    """
    require_few(counts, where)
    found = sorted(counts, key=lambda name: (0, int(name), "") if _is_number(name) else (1, 0, name))
    if len(found) < 2:
        raise DataError(f"all labels are `{found[0]}`; a classification needs two or more classes", where)
    return tuple(found)


def _is_number(name: str) -> bool:
    digits = name.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER


def require_few(counts: Iterable[str], where: Path) -> None:
    """Checks that classes aren't too many.

    Raises:
        DataError: They are, or their names are very long.
    """
    names = list(counts)
    if len(names) > MOST_CLASSES or sum(map(len, names)) > LONGEST_NAMES:
        raise DataError(f"it has more than {MOST_CLASSES:,} classes, or classes with very long names", where)
