"""Nested sequences of numbers, and the softmax that both decoders rank by."""

import math
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Matrix = Sequence[Sequence[float]]
Cube = Sequence[Matrix]
Nested: TypeAlias = "float | Sequence[Nested]"


def shape(values: Nested) -> list[int]:
    """The lengths of nested lists or tuples, the outermost first.

    Raises:
        ValueError: Lists of one level have different lengths.
    """
    if not isinstance(values, list | tuple):
        return []
    inner = [shape(value) for value in values]
    if any(other != inner[0] for other in inner):
        raise ValueError("lists of different lengths")
    return [len(inner), *(inner[0] if inner else ())]


def finite(rows: Iterable[Sequence[float]]) -> bool:
    """Whether every number of some rows is finite."""
    return all(math.isfinite(value) for row in rows for value in row)


def softmax(row: Sequence[float]) -> list[float]:
    """Probabilities of some choices.

    Args:
        row: One number for each choice, finite or -inf, and at least one finite.

    Returns:
        As many probabilities; that of -inf is 0.
    """
    largest = max(row)
    exponents = [math.exp(value - largest) for value in row]
    total = sum(exponents)
    return [exponent / total for exponent in exponents]
