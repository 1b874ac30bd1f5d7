"""Compares methods with random search at equal cost, by replays on a table."""

from collections.abc import Callable, Sequence

import numpy as np
from entry import Entry
from from_supernets import Row, correlations_of, from_supernets
from replay import Replay, replay
from table import Table
from two_samples import spearman

from spikegraph.dsl.schema.methods import N
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.methods import evolution as evolving
from spikegraph.searches.methods.halving import FIRST_RUNG, best_first, halving, halving_cost
from spikegraph.searches.methods.random_search import different, random_search
from spikegraph.searches.statistics import bootstrap, paired, percentile

CORRELATED = 2_000
"""Cells of which rank correlations are taken."""


def entries(table: Table, cost: int, supernets: Sequence[Row] = ()) -> list[Entry]:
    """The methods with the parameters that use a cost; random search is the first."""
    first = max(FIRST_RUNG, table.least)
    halved = most(lambda n: halving_cost(n, first), cost)
    evolved = most(lambda n: evolving.cost(n, table.least), cost)
    return [
        Entry(f"random({cost})", random_search, {"n": cost}),
        Entry(f"random({cost}), by both ranks", random_by_both, {"n": cost}),
        Entry(f"halving({halved})", halving, {"n": halved, "share": first}),
        Entry(f"evolution({evolved})", evolving.evolution, {"n": evolved, "share": table.least}),
        *from_supernets(table, supernets, cost),
    ]


def random_by_both(search: Replay) -> Architecture:
    """Random search that chooses by the mean of the ranks by training loss and validation: a stronger opponent on tables."""
    drawn = different(search, N.of(search.options))
    return drawn[best_first([search.trials.train(cell, 1.0) for cell in drawn])[0]]


def most(cost: Callable[[int], float], limit: float) -> int:
    """The most candidates that keep within a cost."""
    count = 2
    while cost(count + 1) <= limit + 1e-9:
        count += 1
    return count


def compared(table: Table, costs: Sequence[int], seeds: Sequence[int], supernets: Sequence[Row] = ()) -> str:
    """The comparison as Markdown: regret, its ratio to random search's, and the interval of the paired difference."""
    judge = "the run that the method saw" if table.own_seed else "other seeds than the methods saw"
    accuracies = list(table.truth.values())
    lines = [
        f"Table {table.name}: {table.size:,} cells; the best has {table.best:.2f} %, the median {np.median(accuracies):.2f} %. "
        f"{len(seeds)} replays; regret is judged by {judge}.",
        "",
        "| method | cost in trainings | mean regret, % | ratio to random search | difference, 95 % interval | percentile |",
        "|---|---:|---:|---:|---|---:|",
    ]
    for cost in costs:
        base: list[float] = []
        for entry in entries(table, cost, supernets):
            found = [replay(entry.function, table, entry.options, seed) for seed in seeds]
            regrets = [regret for regret, _ in found]
            base = base or regrets
            spent = np.mean([spent for _, spent in found]) + entry.extra
            places = np.mean([percentile(table.best - regret, accuracies) for regret in regrets])
            ratio = f"{np.mean(regrets) / np.mean(base):.2f}" if np.mean(base) else "-"
            difference = "" if regrets is base else str(paired(regrets, base))
            lines.append(f"| `{entry.text}` | {spent:.2f} | {bootstrap(regrets)} | {ratio} | {difference} | {places:.0f} |")
    return "\n".join([*lines, "", *correlations(table, supernets)])


def correlations(table: Table, supernets: Sequence[Row] = ()) -> list[str]:
    """The rank correlations of measures with the accuracy by which cells are judged."""
    random = np.random.default_rng(0)
    cells = [table.cells[k] for k in random.permutation(table.size)[:CORRELATED]]
    truth = [table.truth[cell] for cell in cells]
    lines = ["| measure | rank correlation with the accuracy |", "|---|---:|"]
    for share in (table.least, 0.25, 0.5, 1.0):
        last = max(int(share * table.points + 1e-9), 1)
        window = slice(min(int(0.75 * last), last - 1), last)
        training = [-float(np.mean(table.rows[cell].training[window])) for cell in cells]
        lines.append(f"| training after {100 * share:g} % | {spearman(training, truth):.2f} |")
        validation = [next((-v for v in reversed(table.rows[c].validation[:last]) if v is not None), None) for c in cells]
        if all(v is not None for v in validation):
            lines.append(
                f"| validation after {100 * share:g} % | {spearman([v for v in validation if v is not None], truth):.2f} |"
            )
    found: dict[str, list[float]] = {}
    for method, pairs in correlations_of(table, supernets):
        found.setdefault(method, []).append(spearman([a for a, _ in pairs], [b for _, b in pairs]))
    lines += [f"| {what}, mean of {len(x)} supernets | {np.mean(x):.2f} |" for what, x in found.items()]
    counts = [table.rows[cell].parameters for cell in cells]
    if all(count is not None for count in counts):
        lines.append(f"| parameters | {spearman([float(c) for c in counts if c is not None], truth):.2f} |")
    return lines
