"""Runs that repeat each other, and the mean and the deviation of their curves."""

from collections.abc import Sequence
from dataclasses import dataclass

from spikegraph.charts.axes import Point
from spikegraph.charts.lines import Line
from spikegraph.charts.look import colour, dash
from spikegraph.overview.comparison import Comparison
from spikegraph.overview.comparison import Point as Combination
from spikegraph.runs.spread import spread

MOST_GROUPS = 6
"""Most combinations of settings with a colour of their own; if there are more, all curves have one colour."""

LEAST = 3
"""Fewest runs of one group from which on curves are drawn as means with a band."""


@dataclass(frozen=True)
class Repeated:
    """Runs with the same settings.

    Attributes:
        key: The key of the group's curves on the page.
        label: The settings that differ between groups.
        numbers: The numbers of the runs.
    """

    key: str
    label: str
    numbers: Sequence[int]

    def legend(self, count: int) -> str:
        """The label of the mean of `count` curves."""
        return f"{self.label}: mean of {count}, ± deviation" if count > 1 else self.label


def grouped(comparison: Comparison) -> dict[str, list[int]]:
    """The numbers of the runs by the group that they are drawn in: by settings, if there are a few of them, or by spec."""
    number = {id(run): k for k, run in enumerate(comparison.runs)}
    specs = list(dict.fromkeys(run.spec for run in comparison.runs))
    by_point: dict[str, list[int]] = {}
    for point in comparison.points:
        by_point.setdefault(settings_text(point, named=len(specs) > 1), []).extend(number[id(run)] for run in point.runs)
    if len(by_point) <= MOST_GROUPS:
        return by_point
    if len(specs) <= MOST_GROUPS:
        return {spec: [k for k, run in enumerate(comparison.runs) if run.spec == spec] for spec in specs}
    return {"all runs": list(range(len(comparison.runs)))}


def settings_text(point: Combination, *, named: bool) -> str:
    """The settings of a combination, behind its spec's name if it is `named` or there are no settings."""
    words = [f"{name} = {value}" for name, value in point.settings.items()]
    return ", ".join([*([point.spec] if named else []), *words]) or point.spec


def repeated(comparison: Comparison | None) -> list[Repeated]:
    """The groups of runs, if some have at least `LEAST` of them; else none, and each run is drawn for itself."""
    groups = {} if comparison is None else grouped(comparison)
    if max(map(len, groups.values()), default=0) < LEAST:
        return []
    return [Repeated(f"g{k}", label, numbers) for k, (label, numbers) in enumerate(groups.items())]


def mean_line(group: Repeated, place: int, curves: Sequence[Sequence[Point]], shift: float) -> Line:
    """The mean of curves, where all of them have a value, with a band of one standard deviation on each side."""
    values: dict[float, list[float]] = {}
    for curve in curves:
        for x, y in curve:
            values.setdefault(x, []).append(y)
    spreads = {x: spread(values[x]) for x in sorted(values) if len(values[x]) == len(curves)}
    points = [(x, found.mean) for x, found in spreads.items()]
    band = [(x, s.mean - s.deviation, s.mean + s.deviation) for x, s in spreads.items() if s.deviation is not None]
    band = band if len(band) > 1 else []
    return Line(group.legend(len(curves)), points, colour(place), dash(place), dots=True, shift=shift, band=band, key=group.key)
