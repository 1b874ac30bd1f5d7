"""The test samples that are drawn from a data set without parts of its own, or from a class of it."""

from pathlib import Path

import numpy as np

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
