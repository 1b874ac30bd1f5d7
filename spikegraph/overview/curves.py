"""The curves of many runs: losses and metrics by epoch, and their median and quantiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from spikegraph.overview.listed import Listed
from spikegraph.runs.journal import read_epochs

Point = tuple[float, float]


@dataclass(frozen=True, order=True)
class CurveName:
    """What a curve shows.

    Attributes:
        phase: `search` or `retrain`.
        measured: True for a metric on the validation set, False for a mean loss.
        name: Name of the loss or metric.
    """

    phase: str
    measured: bool
    name: str


@dataclass(frozen=True)
class Curves:
    """The curves of a run, by epoch, and when its epochs ended.

    Attributes:
        found: The curves.
        ends: By phase, the ended epochs with the clock's seconds since 1970.
        steps: By phase, the steps of an epoch.
    """

    found: Mapping[CurveName, Sequence[Point]]
    ends: Mapping[str, Sequence[Point]]
    steps: Mapping[str, int]


NOTHING = Curves({}, {}, {})
"""Those of a run whose journal can't be read."""


def read_curves(run: Listed) -> Curves:
    """The curves of a run.

    Raises:
        RunFolderError: The journal can't be read, or is damaged.
    """
    found: dict[CurveName, list[Point]] = {}
    ends: dict[str, list[Point]] = {}
    steps: dict[str, int] = {}
    for entry in read_epochs(run.run.folder.metrics):
        ends.setdefault(entry.phase, []).append((float(entry.epoch), entry.time))
        steps[entry.phase] = entry.step
        for measured, numbers in ((False, entry.losses), (True, entry.metrics)):
            for name, value in numbers.items():
                found.setdefault(CurveName(entry.phase, measured, name), []).append((float(entry.epoch), value))
    return Curves(found, ends, steps)


@dataclass(frozen=True)
class Quantiles:
    """Quantiles of curves.

    Attributes:
        counts: Number of curves at each x.
        low: The 10 % quantile.
        median: The median.
        high: The 90 % quantile.
    """

    counts: Sequence[int]
    low: Sequence[Point]
    median: Sequence[Point]
    high: Sequence[Point]


def quantiles(curves: Iterable[Sequence[Point]]) -> Quantiles:
    """The quantiles at each x where at least half of the curves have a value, of those that have one."""
    values: dict[float, list[float]] = {}
    of_each = list(curves)
    for curve in of_each:
        for x, y in curve:
            values.setdefault(x, []).append(y)
    ordered = {x: sorted(values[x]) for x in sorted(values) if 2 * len(values[x]) >= len(of_each)}
    low, median, high = ([(x, quantile(ys, share)) for x, ys in ordered.items()] for share in (0.1, 0.5, 0.9))
    return Quantiles([len(ys) for ys in ordered.values()], low, median, high)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The quantile of at least one number in ascending order, with linear interpolation."""
    at = share * (len(ordered) - 1)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])


def thinned(curve: Sequence[Point], most: int) -> list[Point]:
    """At most `most` points of a curve at about equal distances, the first and the last one included."""
    if len(curve) <= most or most < 2:
        return list(curve[-most:]) if most < 2 else list(curve)
    last = len(curve) - 1
    return [curve[round(k * last / (most - 1))] for k in range(most)]


def names(found: Iterable[Mapping[CurveName, object]]) -> list[CurveName]:
    """The names of all curves, the latest phase first."""
    order = {"retrain": 0, "search": 1}
    every = dict.fromkeys(name for curves in found for name in curves)
    return sorted(every, key=lambda name: (order.get(name.phase, 2), name.measured))
