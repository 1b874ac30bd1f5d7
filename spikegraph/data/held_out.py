"""The part of a training set that is held out for validation."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError


def held_out(
    count: int, share: float | Literal["data"], seed: int, *, source: str, noun: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of the samples for training and of a random fraction `share` for validation, both ascending.

    Args:
        count: The number of samples.
        share: The fraction; `data` asks for a part of the data set's own, which these data sets lack.
        seed: The run's seed.
        source: The origin of the data, for messages.
        noun: What the samples are, in the plural.

    Raises:
        DataError: One of the two parts would be empty, or `share` is `data`.
    """
    if share == "data":
        raise DataError(f"{source} has no validation part of its own", help="write `validate = 0.1`")
    first = round(count * share)
    if not 0 < first < count:
        summary = f"can't split {count} training {noun} into {count - first} for training and {first} for validation"
        some = f"one of them is `validate = {1 / count:.2g}`, and one must remain" if count > 1 else f"give more {noun}"
        raise DataError(summary, help=some)
    order = np.random.default_rng([seed, count]).permutation(count)
    return np.sort(order[first:]), np.sort(order[:first])
