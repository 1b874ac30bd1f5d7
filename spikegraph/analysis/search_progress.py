"""How good the architectures are that searches pass through, over several runs (Fig. 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HIGHER_IS_BETTER = ("percent",)
"""How names of metrics end of which more is better; of the others, which are errors, less is."""

Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Progress:
    """Metrics of retrained snapshots.

    Attributes:
        runs: By run its metrics by the search's epoch.
    """

    runs: Mapping[str, Mapping[int, Metrics]]

    @property
    def epochs(self) -> list[int]:
        """Every epoch of which some run has a snapshot."""
        return sorted({epoch for found in self.runs.values() for epoch in found})

    @property
    def metrics(self) -> list[str]:
        """The metrics' names, in the order of their first appearance."""
        return list(dict.fromkeys(m for found in self.runs.values() for metrics in found.values() for m in metrics))

    def best(self, epoch: int) -> dict[str, float]:
        """The best of each metric over the runs' snapshots of an epoch, as the figure reports it."""
        found: dict[str, float] = {}
        for metric in self.metrics:
            values = [m[epoch][metric] for m in self.runs.values() if epoch in m and metric in m[epoch]]
            if values:
                found[metric] = max(values) if metric.endswith(HIGHER_IS_BETTER) else min(values)
        return found

    def table(self) -> list[list[str]]:
        """A row for each epoch, with the head before them; a column for each metric and run, then the best."""
        names = list(self.runs)
        head = ["epoch"]
        for metric in self.metrics:
            head += [f"{metric} {name}" if len(names) > 1 else metric for name in names]
            head += [f"{metric} best"] if len(names) > 1 else []
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
