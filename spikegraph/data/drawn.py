"""The test samples that are drawn from a class of a data set without parts of its own."""

from pathlib import Path

import numpy as np

from spikegraph.base.errors import DataError


def drawn(label: str, number: int, count: int, share: float, seed: int, path: Path) -> set[int]:
    """The indexes, below the count of a class, of its samples for the test: a share of them, at least one.

    Args:
        label: The name of the class.
        number: Its number, which the draw depends on.
        count: The number of its samples.
        share: The share.
        seed: The seed.
        path: The data, for messages.

    Raises:
        DataError: None would be left for training.
    """
    chosen = max(1, round(share * count))
    if chosen >= count:
        raise DataError(
            f"the class `{label}` has {count} sample{'s'[: count > 1]}, of which {chosen} would be for the test",
            path,
            "add samples, or make `test` smaller",
        )
    return set(np.random.default_rng([seed, number]).permutation(count)[:chosen].tolist())
