"""Replays: methods on a table, where a training is a look into it."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from table import Table

from spikegraph.searches.architecture import Architecture
from spikegraph.searches.trials import Progress


@dataclass
class TableTrials:
    """Trains the cells of a table, and counts what that costs.

    Attributes:
        space: The table.
        objective: The second objective, whose value is that of the trained network after a short training too; empty for none.
        done: The share that each cell is trained.
    """

    space: Table
    objective: str = ""
    done: dict[Architecture, float] = field(default_factory=dict[Architecture, float])
    _first: dict[Hashable, Architecture] = field(default_factory=dict[Hashable, Architecture])

    @property
    def least(self) -> float:
        """The smallest share after which cells are compared."""
        return self.space.least

    @property
    def cost(self) -> float:
        """The cost so far, in trainings."""
        return sum(self.done.values())

    def train(self, architecture: Architecture, share: float) -> Progress:
        """The measures of a cell after a share of its training; its cost counts once, and so does that of one network."""
        architecture = self._first.setdefault(self.space.network(architecture), architecture)
        row, points = self.space.rows[architecture], self.space.points
        last = max(int(share * points + 1e-9), 1)
        self.done[architecture] = max(self.done.get(architecture, 0.0), last / points)
        window = row.training[min(int(0.75 * last), last - 1) : last]
        validation = next((v for v in reversed(row.validation[:last]) if v is not None), None)
        return Progress(last / points, float(np.mean(window)), validation, row.prices.get(self.objective))


@dataclass(frozen=True)
class Replay:
    """One search on a table, as `Searching` describes it."""

    options: Mapping[str, Any]
    trials: TableTrials
    random: np.random.Generator


def replay(method: Callable[[Any], Architecture], table: Table, options: Mapping[str, Any], seed: int) -> tuple[float, float]:
    """The regret of a search in percent, the best cell's accuracy less that of the one it chose, and its cost in trainings."""
    trials = TableTrials(table)
    found = method(Replay(options, trials, np.random.default_rng([seed, 0x5EA])))
    return table.best - table.truth[found], trials.cost
