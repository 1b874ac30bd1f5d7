"""The values of arrays of one's own, as a training takes them, and the classes of labels."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data import array_files
from spikegraph.data.array_files import Head
from spikegraph.data.named_arrays import told

MOST_CLASSES = 100_000
"""Most classes, and most characters of all their names."""
LONGEST_NAMES = 1 << 22
LONGEST_NUMBER = 40
"""Most digits of the name of a class that counts as a number."""

LARGEST_LABEL = 255
"""The largest label of a pixel; those above the network's classes mean that it has none."""


def as_pixels(values: NDArray[Any], head: Head) -> NDArray[Any]:
    """Inputs as uint8 or float32.

    Raises:
        DataError: One isn't finite as float32; the message names its sample.
    """
    if values.dtype == np.uint8:
        return values
    return _as_floats(values, head, "numbers that aren't finite")


def as_truths(values: NDArray[Any], head: Head, task: str) -> NDArray[Any]:
    """Targets that aren't classes of samples or steps; numbers, also of a map, as float32, NaN where one isn't known.

    Raises:
        DataError: They aren't labels of pixels, or numbers are infinite as float32; the message names the sample.
    """
    if task == "labels" and (values.dtype.kind not in "ui" or values.min() < 0 or values.max() > LARGEST_LABEL):
        help = f"store whole numbers from 0, and {LARGEST_LABEL} for pixels without a label"
        shown = f" from {values.min()} to {values.max()}" if values.dtype.kind in "uif" else ""
        raise DataError(f"{told(head)} has labels of the type {values.dtype}{shown}", head.path, help)
    if task not in ("numbers", "map"):
        return values
    return _as_floats(values, head, "an infinite target", "store a finite number, or NaN where it isn't known", nan=True)


def _as_floats(
    values: NDArray[Any], head: Head, what: str, help: str | None = None, *, nan: bool = False
) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        found = values.astype(np.float32)
    if array_files.wrong(found, nan=nan).any():
        raise DataError(f"{told(head, array_files.first_wrong(head, nan=nan))} has {what}", head.path, help)
    return found


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


def class_names(found: Collection[str], where: Path) -> tuple[str, ...]:
    """The names of the classes: numbers in their order, others by the alphabet.

    Raises:
        DataError: There are too many.
    """
    require_few(found, where)
    return tuple(sorted(found, key=lambda name: (0, int(name), "") if _is_number(name) else (1, 0, name)))


def _is_number(name: str) -> bool:
    digits = name.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER


def require_few(names: Collection[str], where: Path) -> None:
    """Checks that classes aren't too many.

    Raises:
        DataError: They are, or their names are very long.
    """
    if len(names) > MOST_CLASSES or sum(map(len, names)) > LONGEST_NAMES:
        raise DataError(f"it has more than {MOST_CLASSES:,} classes, or classes with very long names", where)
