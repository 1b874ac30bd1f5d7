"""Nested sequences of numbers and the softmax, for both decoders."""

import math
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Matrix = Sequence[Sequence[float]]
Cube = Sequence[Matrix]
Nested: TypeAlias = "float | Sequence[Nested]"


def shape(values: Nested) -> list[int]:
    """The shape of nested lists or tuples, outermost length first.

    Raises:
        ValueError: Lists at one nesting level have different lengths.
    """
    if not isinstance(values, list | tuple):
        return []
    inner = [shape(value) for value in values]
    if any(other != inner[0] for other in inner):
        raise ValueError("lists of different lengths")
    return [len(inner), *(inner[0] if inner else ())]


def finite(rows: Iterable[Sequence[float]]) -> bool:
    """True if all numbers are finite."""
    return all(math.isfinite(value) for row in rows for value in row)


def softmax(row: Sequence[float]) -> list[float]:
    """The softmax of a row.

    Args:
        row: Numbers that are finite or -inf, at least one of them finite.

    Returns:
        Probabilities, as many as numbers; -inf has probability 0.
    """
    largest = max(row)
    exponents = [math.exp(value - largest) for value in row]
    total = sum(exponents)
    return [exponent / total for exponent in exponents]
