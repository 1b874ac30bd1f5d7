"""95 % intervals of a metric: of a share of a finite test set, and of the mean of several runs."""

from collections.abc import Sequence
from importlib import import_module
from math import sqrt
from typing import Any

from spikegraph.runs.spread import spread

Interval = tuple[float, float]

NORMAL = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


def of_share(percent: float, samples: int) -> Interval:
    """The Wilson interval of a percentage of independent samples, in percent (E. B. Wilson, 1927).

    With p = percent / 100, n samples and z the normal quantile:
    (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n).

    Args:
        percent: The share of the samples, from 0 to 100.
        samples: Their number n, at least 1.
    """
    p, z = percent / 100, NORMAL
    middle = p + z * z / (2 * samples)
    half = z * sqrt(p * (1 - p) / samples + z * z / (4 * samples * samples))
    whole = 1 + z * z / samples
    return max(0.0, 100 * (middle - half) / whole), min(100.0, 100 * (middle + half) / whole)


def of_mean(values: Sequence[float]) -> Interval | None:
    """The interval of a mean by Student's t, for independent normal values; None for fewer than two."""
    found = spread(values)
    if found.deviation is None:
        return None
    special: Any = import_module("scipy.special")  # slow to import, and without types
    half = float(special.stdtrit(found.count - 1, 0.975)) * found.deviation / sqrt(found.count)
    return found.mean - half, found.mean + half
