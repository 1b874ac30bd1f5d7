"""The test samples that are drawn from a data set without parts of its own, or from a class of it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError


def drawn(label: str | None, number: int, count: int, share: float, seed: int, path: Path) -> set[int]:
    """The indexes, below the count, of the samples for the test: a share of them, at least one.

    Args:
        label: The name of their class; None if samples have none.
        number: Its number, which the draw depends on.
        count: The number of samples.
        share: The share.
        seed: The seed.
        path: The data, for messages.

    Raises:
        DataError: None would be left for training.
    """
    chosen = max(1, round(share * count))
    if chosen >= count:
        whole = "it" if label is None else f"the class `{label}`"
        summary = f"{whole} has {count} sample{'s'[: count > 1]}, of which {chosen} would be for the test"
        fix = "add samples, or make `test` smaller" if count > 1 else "add samples: one is for the test and one for training"
        raise DataError(summary, path, fix)
    return set(np.random.default_rng([seed, number]).permutation(count)[:chosen].tolist())


def for_test(groups: NDArray[np.int64], labels: Sequence[str | None], share: float, seed: int, path: Path) -> NDArray[np.bool_]:
    """Which samples are for the test, bool [N]: a share of each group, as `drawn`.

    Args:
        groups: The number of each sample's class, int64 [N]; 0 if samples have none.
        labels: The names of the classes; None alone if samples have none.
        share: The share.
        seed: The seed.
        path: The data, for messages.

    Raises:
        DataError: No sample of a class would be left for training.
    """
    held = np.zeros(len(groups), np.bool_)
    for number, label in enumerate(labels):
        places = np.flatnonzero(groups == number)
        held[places[sorted(drawn(label, number, len(places), share, seed, path))]] = True
    return held
