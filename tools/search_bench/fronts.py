"""Compares methods that search for two objectives with random search at equal cost, by the area that their fronts dominate."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from comparison import most
from entry import Entry
from replay import Replay, TableTrials
from table import Table

from spikegraph.program.search_cost import front_cost
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.hypervolume import Point, front, hypervolume
from spikegraph.searches.methods.fronts import evolution_front, random_front
from spikegraph.searches.statistics import bootstrap, paired
from spikegraph.searches.trials import both, final_value

BEYOND = 0.1
"""How far the reference of areas lies behind the worst cell, in ranges of an objective, so that the ends of a front count."""

REFERENCE = (1 + BEYOND, 1 + BEYOND)

OBJECTIVES = {"energy": "cmos-45nm"}
"""Short names of second objectives."""


@dataclass(frozen=True)
class Area:
    """Measures the area that cells dominate by the values that judge them, as a share of that of the table's whole front.

    Attributes:
        table: The table.
        objective: The second objective.
    """

    table: Table
    objective: str

    @cached_property
    def points(self) -> Mapping[Architecture, Point]:
        """Both objectives of each cell, from 0 for the best of the table to 1 for the worst."""
        truth, prices = self.table.truth, {cell: of[self.objective] for cell, of in self.table.prices.items()}
        low, high, least, highest = min(truth.values()), max(truth.values()), min(prices.values()), max(prices.values())
        wide, dear = (high - low) or 1, (highest - least) or 1
        return {cell: ((high - truth[cell]) / wide, (prices[cell] - least) / dear) for cell in truth}

    @cached_property
    def whole(self) -> float:
        """The area of all cells."""
        return hypervolume([self.points[cell] for cell in self.table.cells], REFERENCE)

    def of(self, cells: Sequence[Architecture]) -> float:
        """The area of some cells."""
        return hypervolume([self.points[cell] for cell in cells], REFERENCE) / self.whole


def front_entries(table: Table, cost: int) -> list[Entry]:
    """The methods with the parameters that use a cost; random search is the first."""
    evolved = most(lambda n: front_cost(n, table.least), cost)
    return [
        Entry(f"random({cost})", random_front, {"n": cost}),
        Entry(f"evolution({evolved})", evolution_front, {"n": evolved, "share": table.least}),
    ]


def found_front(
    method: Callable[[Any], list[Architecture]], table: Table, objective: str, options: Any, seed: int
) -> tuple[list[Architecture], float]:
    """The cells on the front of one search, by what the method has seen, and its cost in trainings."""
    trials = TableTrials(table, objective)
    trained = method(Replay(options, trials, np.random.default_rng([seed, 0x5EA])))
    progress = [trials.train(cell, 1.0) for cell in trained]
    return [trained[k] for k in front([both(each, final_value(each)) for each in progress])], trials.cost


def compared_fronts(table: Table, objective: str, costs: Sequence[int], seeds: Sequence[int]) -> str:
    """The comparison as Markdown: areas of fronts, and the interval of the paired difference to random search.

    Raises:
        TableError: Too few cells have the second objective.
    """
    price = OBJECTIVES.get(objective, objective)
    whole, table = table.size, table.priced(price)
    area = Area(table, price)
    judge = "the run that the method saw" if table.own_seed else "other seeds than the methods saw"
    lines = [
        f"Table {table.name}: accuracy and {price}, {table.size:,} of {whole:,} cells, of which "
        f"{len(front([area.points[cell] for cell in table.cells]))} are the front. {len(seeds)} replays; "
        f"areas are judged by {judge}.",
        "",
        "| method | cost in trainings | networks on the front | area, share of the table's front | difference, 95 % interval |",
        "|---|---:|---:|---:|---|",
    ]
    for cost in costs:
        base: list[float] = []
        for entry in front_entries(table, cost):
            found = [found_front(entry.function, table, price, entry.options, seed) for seed in seeds]
            areas = [area.of(cells) for cells, _ in found]
            base = base or areas
            difference = "" if areas is base else str(paired(areas, base))
            spent, size = np.mean([cost for _, cost in found]), np.mean([len(cells) for cells, _ in found])
            lines.append(f"| `{entry.text}` | {spent:.2f} | {size:.1f} | {bootstrap(areas)} | {difference} |")
    return "\n".join(lines)
