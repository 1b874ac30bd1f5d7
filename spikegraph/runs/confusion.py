"""The confusion matrix of a classifier: how often each class was predicted for the samples of each class."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field

MOST_CLASSES = 100_000

Class = Annotated[int, Field(ge=0, lt=MOST_CLASSES)]

Confusion = Mapping[Class, Mapping[Class, Annotated[int, Field(ge=0, le=2**63 - 1)]]]
"""Numbers of samples by true class, then by predicted class, both as indices; only pairs that occur."""


def confusion(pairs: Iterable[tuple[int, int]]) -> Confusion:
    """The matrix of pairs (true class, predicted class), sorted by class."""
    found: dict[int, dict[int, int]] = {}
    for (true, predicted), count in sorted(Counter(pairs).items()):
        found.setdefault(true, {})[predicted] = count
    return found


def right(matrix: Confusion) -> int:
    """The number of samples whose predicted class is the true one."""
    return sum(of.get(true, 0) for true, of in matrix.items())


def classes_in(matrix: Confusion) -> int:
    """The number of classes up to the largest that occurs, true or predicted."""
    return max((max(true, *of) for true, of in matrix.items()), default=-1) + 1
