"""Metrics of retrained snapshots of searches, over several runs (Che et al., NeurIPS 2022, Fig. 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spikegraph.runs.metrics import Directions, direction
from spikegraph.runs.summary import Metrics


@dataclass(frozen=True)
class Progress:
    """Metrics of retrained snapshots.

    Attributes:
        runs: Metrics by run and epoch of the search.
        directions: Whether higher is better, by metric, as the runs have stored it.
    """

    runs: Mapping[str, Mapping[int, Metrics]]
    directions: Directions = field(default_factory=dict[str, bool])

    @property
    def epochs(self) -> list[int]:
        """All epochs with a snapshot of some run."""
        return sorted({epoch for found in self.runs.values() for epoch in found})

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics, in the order of first appearance."""
        return list(dict.fromkeys(m for found in self.runs.values() for metrics in found.values() for m in metrics))

    @property
    def best_name(self) -> str:
        """The name of the best values: `best`, or a longer one if a run is called that."""
        name = "best"
        while name in self.runs:
            name += " of all"
        return name

    def best(self, epoch: int) -> dict[str, float]:
        """The best value of each metric over the runs' snapshots of an epoch, as in the figure; of those of known direction."""
        found: dict[str, float] = {}
        for metric in self.metrics:
            values = [m[epoch][metric] for m in self.runs.values() if epoch in m and metric in m[epoch]]
            higher = direction(metric, self.directions)
            if values and higher is not None:
                found[metric] = max(values) if higher else min(values)
        return found

    def table(self) -> list[list[str]]:
        """A header and a row for each epoch, with a column for each metric and run, then the best."""
        names = list(self.runs)
        head = ["epoch"]
        for metric in self.metrics:
            head += [f"{metric} {name}" if len(names) > 1 else metric for name in names]
            head += [f"{metric} {self.best_name}"] if len(names) > 1 else []
        return [head, *([str(epoch), *self._cells(epoch, names)] for epoch in self.epochs)]

    def _cells(self, epoch: int, names: Sequence[str]) -> list[str]:
        best, cells = self.best(epoch), list[str]()
        for metric in self.metrics:
            for name in names:
                value = self.runs[name].get(epoch, {}).get(metric)
                cells.append("" if value is None else f"{value:.6g}")
            if len(names) > 1:
                cells.append("" if metric not in best else f"{best[metric]:.6g}")
        return cells
