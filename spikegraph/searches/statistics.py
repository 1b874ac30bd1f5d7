"""Statistics that compare searches: percentiles, and intervals by bootstrap and by Student's t distribution."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

RESAMPLES = 10_000
"""Resamples of a bootstrap interval."""

ROUNDING = 1e-12
"""The largest relative difference of numbers that are one."""

SEED = 0x5EED
"""The seed of all resampling, so that a table can be made again."""


@dataclass(frozen=True)
class Interval:
    """An estimate, and the interval that has it with a probability of 95 %."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def percentile(value: float, among: Sequence[float]) -> float:
    """The share of values below one, in percent; equal ones count half."""
    others = np.asarray(among, float)
    return float(100 * ((others < value).sum() + 0.5 * (others == value).sum()) / len(others))


def bootstrap(values: Sequence[float], *more: Sequence[float], of: Callable[..., float] | None = None) -> Interval:
    """The percentile bootstrap of a statistic of one or more samples, each resampled on its own; by default the mean.

    Args:
        values: A sample.
        more: Other samples.
        of: The statistic, called with an array for each sample.
    """
    random, samples = np.random.default_rng(SEED), [np.asarray(s, float) for s in (values, *more)]
    statistic = of or _mean
    drawn = [statistic(*(s[random.integers(len(s), size=len(s))] for s in samples)) for _ in range(RESAMPLES)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(float(statistic(*samples)), float(low), float(high))


def _mean(values: Any) -> float:
    return float(sum(values)) / len(values)


def paired(a: Sequence[float], b: Sequence[float]) -> Interval:
    """The mean of the paired differences a - b."""
    return bootstrap([x - y for x, y in zip(a, b, strict=True)])


def mean_interval(values: Sequence[float]) -> Interval | None:
    """The mean and its 95 % interval, mean +- t(0.975, n - 1) s / sqrt(n); None for fewer than two values, or equal ones."""
    return _t_interval(_mean(values), values, 1 / max(len(values), 1))


def against_mean(value: float, others: Sequence[float]) -> Interval | None:
    """The 95 % interval of how much more a search gives than the mean of others; None for fewer than two, or equal ones.

    The model: each measured value is the mean of its kind and an error, and the errors of all, that of `value` too, are
    independent and normal with one variance, which is that of the draw of an architecture, of the seed and of the finite test
    set together. Then (value - mean - gain) / (s sqrt(1 + 1/k)) has Student's t distribution with k - 1 degrees of freedom.
    """
    return _t_interval(value - _mean(others), others, 1 + 1 / max(len(others), 1))


def against_one(value: float, chosen: float, others: Sequence[float]) -> Interval | None:
    """The 95 % interval of how much more a search gives than what is chosen among others, such as the best by a validation.

    The model is that of `against_mean`; `chosen` is one of the others, and the choice doesn't see the measured values. Its
    error counts like any other's, which makes the interval a little too wide where the choice is good.
    """
    return _t_interval(value - chosen, others, 2.0)


def _t_interval(gain: float, others: Sequence[float], factor: float) -> Interval | None:
    count = len(others)
    if count < 2 or max(others) - min(others) <= ROUNDING * max(map(abs, others)):
        return None
    half = _quantile(count - 1) * float(np.std(np.asarray(others, float), ddof=1)) * factor**0.5
    return Interval(gain, gain - half, gain + half)


@cache
def _quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t distribution."""
    return float(import_module("scipy.stats").t.ppf(0.975, freedom))  # slow to import, and without types
