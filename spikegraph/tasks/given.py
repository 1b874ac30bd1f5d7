"""Targets that are given in Python."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def numbers(target: Any) -> NDArray[np.float32]:
    """Numbers of any shape.

    Raises:
        ValueError: They aren't numbers.
    """
    try:
        found = np.asarray(target.detach().cpu() if hasattr(target, "detach") else target)
    except (TypeError, ValueError) as error:
        raise ValueError("give numbers") from error
    if found.dtype.kind not in "fiub":
        raise ValueError("give numbers")
    with np.errstate(over="ignore"):
        return found.astype(np.float32)


def finite_or_unknown(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """Numbers of which those that aren't known are NaN.

    Raises:
        ValueError: One is infinite.
    """
    if np.isinf(found).any():
        raise ValueError("give finite numbers, or NaN where one isn't known")
    return found


def whole(target: Any) -> NDArray[np.int64]:
    """A number that is whole, counted from 0.

    Raises:
        ValueError: It isn't one.
    """
    try:
        number = int(target)
    except (TypeError, ValueError, OverflowError):
        number = -1
    if number < 0 or number != target:
        raise ValueError("give a whole number, counted from 0")
    return np.asarray(number, np.int64)


def wholes(target: Any) -> NDArray[np.int64]:
    """Numbers [T] that are whole, counted from 0; at least one.

    Raises:
        ValueError: They aren't.
    """
    help = "give a list [T] of whole numbers, counted from 0: the classes of the time steps"
    try:
        found = numbers(target)
    except ValueError as error:
        raise ValueError(help) from error
    if found.ndim != 1 or not found.size or not (np.isfinite(found) & (found >= 0) & (found == np.floor(found))).all():
        raise ValueError(help)
    return found.astype(np.int64)
