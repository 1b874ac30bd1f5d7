"""Means and spreads of numbers, such as a metric of several seeds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from pydantic.dataclasses import dataclass

from spikegraph.runs.json_file import STRICT, Ordinal, Real


@dataclass(frozen=True, config=STRICT)
class Spread:
    """The distribution of some numbers.

    Attributes:
        mean: Their mean.
        deviation: Their standard deviation, with n - 1; None for a single number.
        smallest: The smallest.
        largest: The largest.
        count: How many they are.
    """

    mean: Real
    deviation: Real | None
    smallest: Real
    largest: Real
    count: Ordinal


def spread(values: Sequence[float]) -> Spread:
    """The spread of at least one number."""
    count = len(values)
    mean = math.fsum(values) / count
    deviation = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (count - 1)) if count > 1 else None
    return Spread(mean, deviation, min(values), max(values), count)


def spreads(rows: Iterable[Mapping[str, float]]) -> dict[str, Spread]:
    """The spread of each number over the rows that have it, by name."""
    found: dict[str, list[float]] = {}
    for row in rows:
        for name, value in row.items():
            found.setdefault(name, []).append(value)
    return {name: spread(values) for name, values in found.items()}
