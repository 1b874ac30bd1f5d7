"""The kind of numbers: spikes, signs of events, or any."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.dsl.schema.encodings import ValueKind

PIECE = 1 << 18
"""Numbers of a part of an array that is looked at in parts; more only where a sample has more."""


def kind_of(values: Iterable[NDArray[Any]], least: ValueKind = "spike") -> ValueKind:
    """The kind with the fewest values that all numbers are of; of those that have the values of `least`."""
    found = least
    for each in values:
        if found == "real" or not ((each == 0) | (np.abs(each) == 1)).all():
            return "real"
        if (each < 0).any():
            found = "events"
    return found


def pieces_of(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Parts of an array along its first axis, so that what is computed of it takes little memory."""
    rows = max(1, PIECE // max(1, values[:1].size))
    return (values[first : first + rows] for first in range(0, len(values), rows))
