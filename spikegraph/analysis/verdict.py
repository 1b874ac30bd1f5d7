"""A trained network compared with the baselines."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.base.metric_names import name_and_unit, with_unit
from spikegraph.runs.metrics import higher_is_better
from spikegraph.runs.summary import Metrics


@dataclass(frozen=True)
class Verdict:
    """The comparison in one metric, the first that the network and a baseline have.

    Attributes:
        metric: Name of the metric.
        network: Its value for the network.
        beaten: Baselines that are worse than the network, with their values.
        unbeaten: Those that are as good or better.
    """

    metric: str
    network: float
    beaten: Metrics
    unbeaten: Metrics

    @property
    def sentence(self) -> str:
        """The comparison in words, without a full stop."""
        network = f"the network's {name_and_unit(self.metric)[0]}, {with_unit(self.metric, self.network)},"
        if not self.unbeaten:
            return f"{network} is better than {self._named(self.beaten)}"
        also = f", though better than {self._named(self.beaten)}" if self.beaten else ""
        word = "baseline" if len(self.unbeaten) == 1 else "baselines"
        return f"{network} is not better than the {word} {self._named(self.unbeaten)}{also}"

    def _named(self, baselines: Mapping[str, float]) -> str:
        return " and ".join(f"{name} ({with_unit(self.metric, value)})" for name, value in baselines.items())


def verdict(network: Metrics, baselines: Mapping[str, Metrics]) -> Verdict | None:
    """The comparison of a network's metrics with those of the baselines, by name; None if they share no metric."""
    metric = next((m for m in network if any(m in of for of in baselines.values())), None)
    if metric is None:
        return None
    sign = 1 if higher_is_better(metric) else -1
    values = {name: of[metric] for name, of in baselines.items() if metric in of}
    beaten = {name: value for name, value in values.items() if sign * (network[metric] - value) > 0}
    return Verdict(metric, network[metric], beaten, {name: value for name, value in values.items() if name not in beaten})
