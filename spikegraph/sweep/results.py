"""`results.json`: what came of the runs of a sweep, with means, spreads and the best one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Literal

from pydantic.dataclasses import dataclass

from spikegraph.runs.json_file import STRICT, Count, Real
from spikegraph.runs.summary import Metrics, Summary, improved
from spikegraph.sweep.points import Point
from spikegraph.sweep.statistics import Spread, spreads

End = Literal["finished", "failed", "stopped", "waiting"]
Judge = Literal["validation of the retraining", "validation of the search", "test set"]


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
        validation: Metrics of the retraining's validation at its best epoch.
        search_validation: As `validation`, of the search.
    """

    point: Point
    end: End
    happened: str
    tries: Count
    status: int | None = None
    metrics: Metrics = field(default_factory=dict[str, float])
    validation: Metrics = field(default_factory=dict[str, float])
    search_validation: Metrics = field(default_factory=dict[str, float])

    def judged_by(self, judge: Judge) -> Metrics:
        """The metrics that a judge looks at."""
        match judge:
            case "validation of the retraining":
                return self.validation
            case "validation of the search":
                return self.search_validation
            case "test set":
                return self.metrics


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
class Best:
    """The best run.

    Attributes:
        point: Its name.
        by: By what it is the best; a test set is no fair judge of runs that were chosen by it.
        metric: The metric that was compared.
        value: Its value.
    """

    point: str
    by: Judge
    metric: str
    value: Real


@dataclass(frozen=True, config=STRICT)
class Results:
    """`results.json`.

    Attributes:
        points: What came of each point.
        groups: Means and spreads by combination of values; one group for a sweep over seeds alone.
        best: The best of the finished runs; None if none has a metric.
    """

    points: tuple[PointResult, ...]
    groups: tuple[Group, ...]
    best: Best | None

    def count(self, end: End) -> int:
        """How many points ended in this way."""
        return sum(result.end == end for result in self.points)


def metrics_of(summary: Summary) -> dict[str, Metrics]:
    """The metrics of a run's summary, under the names of `PointResult`."""
    return {
        "metrics": {} if summary.evaluation is None else summary.evaluation.metrics,
        "validation": {} if summary.retrain is None else summary.retrain.validation,
        "search_validation": {} if summary.search is None else summary.search.validation,
    }


def results(points: Sequence[PointResult]) -> Results:
    """The results of all points, compared."""
    finished = [result for result in points if result.end == "finished"]
    groups: dict[tuple[str, ...], list[PointResult]] = {}
    for result in finished:
        groups.setdefault(result.point.overrides, []).append(result)
    compared = tuple(
        Group(overrides, tuple(r.point.name for r in of), spreads(r.metrics for r in of)) for overrides, of in groups.items()
    )
    return Results(tuple(points), compared, best(finished))


def best(finished: Sequence[PointResult]) -> Best | None:
    """The best run by the validation (section 10.3 of the paper); by the test set only if there is no validation.

    The first metric decides, as in a run; equal values leave the first run.
    """
    judges: tuple[Judge, ...] = ("validation of the retraining", "validation of the search", "test set")
    for judge in judges:
        if finished and all(result.judged_by(judge) for result in finished):
            found: Best | None = None
            for result in finished:
                metric, value = next(iter(result.judged_by(judge).items()))
                if found is None or (metric == found.metric and improved(metric, value, found.value)):
                    found = Best(result.point.name, judge, metric, value)
            return found
    return None
