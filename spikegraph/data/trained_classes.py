"""Other data for a network that is trained: their classes get the numbers that the network gives to classes of these names."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.base.errors import DataError
from spikegraph.data.sample import About, Sample
from spikegraph.data.sets import DataSet, DataSets
from spikegraph.data.source import Moment, Samples
from spikegraph.dsl.schema.encodings import ValueKind

MOST_NAMED = 20


def as_trained(sets: DataSets, classes: Sequence[str]) -> DataSets:
    """The sets with classes numbered as a network has them; the data may lack some of its classes.

    Args:
        sets: The sets of a declaration.
        classes: The names of the network's classes in order; empty if they aren't known.

    Raises:
        DataError: The data have a class that the network wasn't trained on.
    """
    held, known = sets.about.classes, tuple(classes)
    if not held or not known or held == known:
        return sets
    other = next((name for name in held if name not in known), None)
    if other is not None:
        names = ", ".join(f"`{name}`" for name in known[:MOST_NAMED]) + (", ..." if len(known) > MOST_NAMED else "")
        summary = f"{sets.source}: the network wasn't trained on the class `{other}`, but on {names}"
        raise DataError(summary, help="call the classes as they were called in the training, and leave others out")
    numbers = np.asarray([known.index(name) for name in held], np.int64)

    def renumbered(part: DataSet) -> DataSet:
        found = copy(part)
        found.source = _Renumbered(part.source, replace(part.about, classes=known), numbers)
        return found

    validation = None if sets.validation is None else renumbered(sets.validation)
    return replace(sets, train=renumbered(sets.train), test=renumbered(sets.test), validation=validation)


class _Renumbered(Samples):
    """Samples whose classes have other numbers; labels that are no class, such as 255, stay what they are."""

    def __init__(self, held: Samples, about: About, numbers: NDArray[np.int64]) -> None:
        self._held, self._about, self._numbers = held, about, numbers

    def _of(self, target: NDArray[Any]) -> NDArray[Any]:
        known = (target >= 0) & (target < len(self._numbers))
        return np.where(known, self._numbers[np.where(known, target, 0)], target).astype(target.dtype)

    @override
    def __len__(self) -> int:
        return len(self._held)

    @property
    @override
    def about(self) -> About:
        return self._about

    @override
    def sample(self, index: int) -> Sample:
        found = self._held.sample(index)
        return replace(found, target=self._of(found.target))

    @override
    def class_numbers(self) -> NDArray[np.int64] | None:
        found = self._held.class_numbers()
        return None if found is None else self._of(found)

    @override
    def kind(self) -> ValueKind:
        return self._held.kind()

    @override
    def place(self, index: int) -> Path | None:
        return self._held.place(index)

    @override
    def seconds(self, index: int) -> float | None:
        return self._held.seconds(index)

    @override
    def refused(self, index: int, why: str, help: str) -> DataError:
        return self._held.refused(index, why, help)

    @override
    def picture(self, index: int) -> NDArray[np.uint8] | None:
        return self._held.picture(index)

    @override
    def shares(self, index: int) -> Collection[Hashable]:
        return self._held.shares(index)

    @override
    def stream(self) -> Iterator[Moment] | None:
        found = self._held.stream()
        return None if found is None else (replace(each, target=self._of(each.target)) for each in found)

    @override
    def content(self) -> Iterable[bytes]:
        return self._held.content()
