"""`results.json`: what came of the runs of a sweep, with means, spreads and the best one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from pydantic.dataclasses import dataclass

from spikegraph.runs.best import Choice, Judge, best_of, judged, undecided
from spikegraph.runs.json_file import STRICT, Count
from spikegraph.runs.metrics import Directions
from spikegraph.runs.spread import Spread, spreads
from spikegraph.runs.summary import Metrics, Summary
from spikegraph.sweep.points import Point

End = Literal["finished", "failed", "stopped", "waiting"]


@dataclass(frozen=True, config=STRICT)
class PointResult:
    """What came of a point.

    Attributes:
        point: The point.
        end: `finished`; `failed`; `stopped` with the sweep; `waiting`: it hasn't started.
        happened: That in words, with the retries.
        tries: Number of tries so far.
        status: Exit status of the last try; None before the first has ended.
        metrics: Metrics on the test set.
        judged: What it can be judged by, beside the test set.
        directions: Whether higher is better, by metric; empty in results of older versions.
    """

    point: Point
    end: End
    happened: str
    tries: Count
    status: int | None = None
    metrics: Metrics = field(default_factory=dict[str, float])
    judged: Mapping[Judge, Metrics] = field(default_factory=dict[Judge, Metrics])
    directions: Directions = field(default_factory=dict[str, bool])


@dataclass(frozen=True, config=STRICT)
class Group:
    """The finished runs with the same values, over their seeds.

    Attributes:
        overrides: These values.
        points: The names of the runs.
        metrics: The spread of each metric on the test set.
    """

    overrides: tuple[str, ...]
    points: tuple[str, ...]
    metrics: Mapping[str, Spread]


@dataclass(frozen=True, config=STRICT)
class Results:
    """`results.json`.

    Attributes:
        points: What came of each point.
        groups: Means and spreads by combination of values; one group for a sweep over seeds alone.
        best: The best of the finished runs; None if none has a metric, or it isn't known whether more of it is better.
        undecided: That metric; None if it is known.
    """

    points: tuple[PointResult, ...]
    groups: tuple[Group, ...]
    best: Choice[str] | None
    undecided: str | None = None

    def count(self, end: End) -> int:
        """How many points ended in this way."""
        return sum(result.end == end for result in self.points)


def measured(summary: Summary) -> dict[str, Any]:
    """What a run's summary has of a `PointResult`."""
    metrics: Metrics = {} if summary.evaluation is None else summary.evaluation.metrics
    return {"metrics": metrics, "judged": judged(summary), "directions": summary.directions}


def results(points: Sequence[PointResult]) -> Results:
    """The results of all points, compared."""
    finished = [result for result in points if result.end == "finished"]
    groups: dict[tuple[str, ...], list[PointResult]] = {}
    for result in finished:
        groups.setdefault(result.point.overrides, []).append(result)
    compared = tuple(
        Group(overrides, tuple(r.point.name for r in of), spreads(r.metrics for r in of)) for overrides, of in groups.items()
    )
    able = [(result.point.name, result.judged) for result in finished]
    directions = {metric: higher for result in finished for metric, higher in result.directions.items()}
    return Results(tuple(points), compared, best_of(able, directions), undecided(able, directions))
