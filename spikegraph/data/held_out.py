"""The part of a training set that is held out for validation."""

from collections.abc import Collection, Hashable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError


def held_out(
    count: int,
    share: float | Literal["data"],
    seed: int,
    *,
    source: str,
    noun: str,
    labels: Sequence[Collection[Hashable]] = (),
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of the samples for training and of a random fraction `share` for validation, both ascending.

    Args:
        count: The number of samples.
        share: The fraction; `data` asks for a part of the data set's own, which these data sets lack.
        seed: The run's seed.
        source: The origin of the data, for messages.
        noun: What the samples are, in the plural.
        labels: Of each sample what its targets are called, where samples share some: those that do, directly or through
            others, stay in one part, so that its size is only near `share`.

    Raises:
        DataError: One of the two parts would be empty, `share` is `data`, or all samples share targets.
    """
    if share == "data":
        raise DataError(f"{source} has no validation part of its own", help="write `validate = 0.1`")
    first = round(count * share)
    if not 0 < first < count:
        summary = f"can't split {count} training {noun} into {count - first} for training and {first} for validation"
        some = f"one of them is `validate = {1 / count:.2g}`, and one must remain" if count > 1 else f"give more {noun}"
        raise DataError(summary, help=some)
    groups = connected(labels)
    if len(groups) < len(labels):
        return _of_groups(groups, first, seed, noun)
    order = np.random.default_rng([seed, count]).permutation(count)
    return np.sort(order[first:]), np.sort(order[:first])


def _of_groups(
    groups: Sequence[Sequence[int]], first: int, seed: int, noun: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The samples of whole groups, in random order, as near as possible to `first` of them for validation."""
    if len(groups) < 2:
        summary = f"all training {noun} share targets, directly or through others, so that none can be held out"
        raise DataError(summary, help="give the data set a validation part of its own, or leave out `validate`")
    order: list[int] = np.random.default_rng([seed, len(groups)]).permutation(len(groups)).tolist()
    sizes = np.cumsum([len(groups[k]) for k in order[:-1]])
    cut = 1 + int(np.abs(sizes - first).argmin())
    held, kept = (sorted(k for number in part for k in groups[number]) for part in (order[:cut], order[cut:]))
    return np.array(kept, np.int64), np.array(held, np.int64)


def connected(labels: Sequence[Collection[Hashable]]) -> list[list[int]]:
    """The samples in groups: those that share a label, directly or through others, are in one group, in their order."""
    root, first = list(range(len(labels))), dict[Hashable, int]()

    def root_of(sample: int) -> int:
        while root[sample] != sample:
            root[sample] = sample = root[root[sample]]
        return sample

    for sample, own in enumerate(labels):
        for label in own:
            low, high = sorted((root_of(first.setdefault(label, sample)), root_of(sample)))
            root[high] = low
    groups: dict[int, list[int]] = {}
    for sample in range(len(labels)):
        groups.setdefault(root_of(sample), []).append(sample)
    return list(groups.values())
