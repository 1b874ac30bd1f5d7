"""Many runs compared: states, means and spreads of their metrics, and the best one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from spikegraph.overview.listed import Listed, differing, metric_names
from spikegraph.overview.settings import Value
from spikegraph.overview.where import rank
from spikegraph.runs.state import STATES
from spikegraph.runs.summary import improved

LOSS = "loss"
"""What the best epoch of a run is chosen by without a validation."""


@dataclass(frozen=True)
class Spread:
    """Mean and spread of numbers.

    Attributes:
        n: How many.
        mean: Their mean.
        std: Their standard deviation, with n - 1 in the denominator; None for one number.
        least: The smallest.
        most: The largest.
    """

    n: int
    mean: float
    std: float | None
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least one number."""
        n = len(values)
        mean = math.fsum(values) / n
        std = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1)) if n > 1 else None
        return cls(n, mean, std, min(values), max(values))


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
    """The best finished run of a spec; the test set has no part in the choice.

    Attributes:
        run: The run.
        by: `validation` or, if not all finished runs have one, `training`.
        metric: The name of the metric, or `loss`.
        value: Its value.
        of: The number of runs that were compared.
    """

    run: Listed
    by: str
    metric: str
    value: float
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
    """

    runs: tuple[Listed, ...]
    settings: tuple[str, ...]
    metrics: tuple[str, ...]
    points: tuple[Point, ...]
    best: tuple[Best, ...]

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
        Point(spec, {k: v for k, v in values if v is not None}, tuple(of), spreads(of, metrics))
        for (spec, values), of in sorted(groups.items(), key=lambda group: [rank(value) for _, value in group[0][1]])
    )
    specs = dict.fromkeys(run.spec for run in runs)
    best = [best_of([run for run in runs if run.spec == spec]) for spec in specs]
    return Comparison(tuple(runs), tuple(settings), tuple(metrics), points, tuple(b for b in best if b is not None))


def spreads(runs: Iterable[Listed], metrics: Iterable[str]) -> dict[str, Spread]:
    """The spread of each metric over the finished runs that have it."""
    done = [run.values for run in runs if run.finished]
    found = {m: [float(v) for values in done if isinstance(v := values.get(m), int | float)] for m in metrics}
    return {metric: Spread.of(values) for metric, values in found.items() if values}


def best_of(runs: Sequence[Listed]) -> Best | None:
    """The best finished run by the first metric of the validation or, without one, by the loss of the last epoch."""
    done = [(run, run.run.summary.retrain) for run in runs if run.finished]
    known = [(run, phase) for run, phase in done if phase is not None]
    validated = bool(known) and all(phase.validation for _, phase in known)
    by = "validation" if validated else "training"
    found: Best | None = None
    for run, phase in known:
        numbers = phase.validation if validated else {LOSS: phase.losses[LOSS]} if LOSS in phase.losses else {}
        for metric, value in list(numbers.items())[:1]:
            same = found is not None and found.metric == metric
            if found is None or (same and improved(metric, value, found.value)):
                found = Best(run, by, metric, value, len(known))
    return found
