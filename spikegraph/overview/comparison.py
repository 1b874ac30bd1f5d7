"""Many runs compared: states, means and spreads of their metrics, and the best one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from spikegraph.overview.listed import Listed, differing, metric_names
from spikegraph.overview.where import rank
from spikegraph.program.spec_settings import Value
from spikegraph.runs.best import Choice, Judge, best_of, judged, undecided
from spikegraph.runs.metrics import Directions
from spikegraph.runs.spread import Spread, spread
from spikegraph.runs.state import STATES
from spikegraph.runs.summary import Metrics


@dataclass(frozen=True)
class Point:
    """The runs of one spec with the same settings.

    Attributes:
        spec: The spec's name.
        settings: Their values of the settings that differ between the runs.
        runs: The runs.
        spreads: The spread of each metric over those that are finished.
    """

    spec: str
    settings: Mapping[str, Value]
    runs: tuple[Listed, ...]
    spreads: Mapping[str, Spread]

    @property
    def finished(self) -> int:
        """How many of the runs are finished."""
        return sum(run.finished for run in self.runs)


@dataclass(frozen=True)
class Best:
    """The best finished run of a spec.

    Attributes:
        choice: The run, and what it was judged by.
        of: The number of runs that were compared.
    """

    choice: Choice[Listed]
    of: int


@dataclass(frozen=True)
class Comparison:
    """Runs compared.

    Attributes:
        runs: The runs.
        settings: The settings that differ.
        metrics: The names of all metrics.
        points: The runs by spec and settings.
        best: The best run of each spec.
        undecided: The metric of each spec whose best run isn't known, since nothing says whether more of it is better.
    """

    runs: tuple[Listed, ...]
    settings: tuple[str, ...]
    metrics: tuple[str, ...]
    points: tuple[Point, ...]
    best: tuple[Best, ...]
    undecided: Mapping[str, str]

    @property
    def directions(self) -> Directions:
        """Whether higher is better, by metric, as far as the runs have stored it."""
        return _directions(self.runs)

    @property
    def states(self) -> dict[str, int]:
        """The number of runs in each state that occurs."""
        return states(self.runs)


def states(runs: Iterable[Listed]) -> dict[str, int]:
    """The number of runs in each state that occurs."""
    counts = Counter(run.state.name for run in runs)
    return {state: counts[state] for state in STATES if counts[state]}


def compare(runs: Sequence[Listed]) -> Comparison:
    """Compares runs."""
    settings, metrics = differing(runs), metric_names(runs)
    groups: dict[tuple[str, tuple[tuple[str, Value | None], ...]], list[Listed]] = {}
    for run in runs:
        values = tuple((name, run.values.get(name)) for name in settings)
        groups.setdefault((run.spec, values), []).append(run)
    points = tuple(
        Point(spec, {k: v for k, v in values if v is not None}, tuple(of), metric_spreads(of, metrics))
        for (spec, values), of in sorted(groups.items(), key=lambda group: [rank(value) for _, value in group[0][1]])
    )
    specs = {spec: [run for run in runs if run.spec == spec and run.finished] for spec in dict.fromkeys(r.spec for r in runs)}
    best = tuple(found for of in specs.values() if (found := _best(of)) is not None)
    unknown = {spec: metric for spec, of in specs.items() if (metric := undecided(_judged(of), _directions(of))) is not None}
    return Comparison(tuple(runs), tuple(settings), tuple(metrics), points, best, unknown)


def metric_spreads(runs: Iterable[Listed], metrics: Iterable[str]) -> dict[str, Spread]:
    """The spread of each metric over the finished runs that have it."""
    done = [run.values for run in runs if run.finished]
    found = {m: [float(v) for values in done if isinstance(v := values.get(m), int | float)] for m in metrics}
    return {metric: spread(values) for metric, values in found.items() if values}


def _best(finished: Sequence[Listed]) -> Best | None:
    choice = best_of(_judged(finished), _directions(finished))
    return None if choice is None else Best(choice, len(finished))


def _judged(finished: Sequence[Listed]) -> list[tuple[Listed, Mapping[Judge, Metrics]]]:
    return [(run, judged(run.run.summary)) for run in finished]


def _directions(runs: Iterable[Listed]) -> dict[str, bool]:
    return {metric: higher for run in runs for metric, higher in run.run.directions.items()}
