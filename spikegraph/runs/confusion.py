"""The confusion matrix of a classifier: how often each class was predicted for the samples of each; scores of each class."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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


def class_scores(matrix: Confusion, *, overlap: bool = False) -> dict[int, dict[str, float]]:
    """The scores of each class that occurs, true or predicted, by its number.

    `labels` is how many labels it has, `recall_percent` the share of these that were found, which is the accuracy of the class;
    `precision_percent` the share of what was predicted as it that is right; with `overlap` also `iou_percent`, intersection
    over union. A share of nothing is left out.
    """
    found: dict[int, dict[str, float]] = {}
    for k in range(classes_in(matrix)):
        true = sum(matrix.get(k, {}).values())
        predicted = sum(of.get(k, 0) for of in matrix.values())
        hits = matrix.get(k, {}).get(k, 0)
        shares = {"recall_percent": true, "precision_percent": predicted}
        shares |= {"iou_percent": true + predicted - hits} if overlap else {}
        if true or predicted:
            found[k] = {"labels": true} | {name: 100 * hits / of for name, of in shares.items() if of}
    return found


def class_name(names: Sequence[str], number: int) -> str:
    """The name of a class; its number where it has none."""
    return names[number] if number < len(names) else f"class {number}"
