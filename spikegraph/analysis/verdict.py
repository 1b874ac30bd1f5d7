"""A trained network compared with the baselines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from spikegraph.analysis.intervals import Interval, of_share
from spikegraph.base.metric_names import name_and_unit, with_unit
from spikegraph.runs.metrics import Directions, direction, unknown_direction
from spikegraph.runs.record import RunRecord
from spikegraph.runs.summary import Metrics

ACCURACY = "accuracy_percent"
"""The metric that is a share of the test samples."""


@dataclass(frozen=True)
class Verdict:
    """The comparison in one metric, the first that the network and a baseline have.

    Attributes:
        metric: Name of the metric.
        network: Its value for the network.
        beaten: Baselines that are worse than the network, with their values.
        unbeaten: Those that are as good or better.
        unsure: Those that are worse, but by so little that drawing the test samples can explain it.
        unknown: Those that can't be compared, since it isn't known whether more of the metric is better.
    """

    metric: str
    network: float
    beaten: Metrics
    unbeaten: Metrics
    unsure: Metrics = field(default_factory=dict[str, float])
    unknown: Metrics = field(default_factory=dict[str, float])

    @property
    def sentence(self) -> str:
        """The comparison in words, without a full stop."""
        network = f"the network's {name_and_unit(self.metric)[0]}, {with_unit(self.metric, self.network)},"
        if self.unknown:
            return f"{network} isn't compared with {self._named(self.unknown)}: {unknown_direction(self.metric)}"
        unsure = f"no evidence of a difference from {self._named(self.unsure)}" if self.unsure else ""
        if not self.unbeaten and not self.beaten:
            return f"{network} gives {unsure}"
        unsure = f", with {unsure}" if self.unsure else ""
        if not self.unbeaten:
            return f"{network} is better than {self._named(self.beaten)}{unsure}"
        also = f", though better than {self._named(self.beaten)}" if self.beaten else ""
        word = "baseline" if len(self.unbeaten) == 1 else "baselines"
        return f"{network} is not better than the {word} {self._named(self.unbeaten)}{also}{unsure}"

    def _named(self, baselines: Mapping[str, float]) -> str:
        return " and ".join(f"{name} ({with_unit(self.metric, value)})" for name, value in baselines.items())


def verdict(
    network: Metrics, baselines: Mapping[str, Metrics], samples: int = 0, directions: Directions = MappingProxyType({})
) -> Verdict | None:
    """The comparison of a network's metrics with those of the baselines, by name; None if they share no metric.

    An accuracy on so many test samples has an interval, and is better only than baselines below it; with 0 they are unknown.
    Directions are those that the run has stored.
    """
    metric = next((m for m in network if any(m in of for of in baselines.values())), None)
    if metric is None:
        return None
    value, higher = network[metric], direction(metric, directions)
    low, _ = interval_of(metric, value, samples) or (value, value)
    values = {name: of[metric] for name, of in baselines.items() if metric in of}
    if higher is None:
        return Verdict(metric, value, {}, {}, unknown=values)
    sign = 1 if higher else -1
    worse = {name: other for name, other in values.items() if sign * (value - other) > 0}
    unsure = {name: other for name, other in worse.items() if low <= other < value}
    beaten = {name: other for name, other in worse.items() if name not in unsure}
    return Verdict(metric, value, beaten, {name: other for name, other in values.items() if name not in worse}, unsure)


def interval_of(metric: str, value: float, samples: int) -> Interval | None:
    """The 95 % interval that so many test samples leave of a metric; None of one that isn't a share of them."""
    return of_share(value, samples) if metric == ACCURACY and samples else None


def verdict_of(run: RunRecord) -> Verdict | None:
    """The comparison of a run's network with its baselines; None before both are measured."""
    evaluation = run.summary.evaluation
    return verdict(run.metrics, run.summary.baselines, 0 if evaluation is None else evaluation.samples, run.directions)
