"""The result of a live task from its rows: percentile, gain and tests of the searched cells among random ones."""

from collections.abc import Mapping
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from rows import read_rows
from two_samples import mann_whitney, welch

from spikegraph.searches.statistics import Interval, bootstrap, percentile

Measured = dict[str, list[float]]
"""For each cell a number from each of its retrainings."""


def result(out: Path, method: str, seeds: list[int], random_cells: int, retrainings: list[int]) -> str:
    """The table as Markdown, of the searches with a method, and of retrainings from these seeds alone.

    Rows of versions that stored no genotype with a retraining count by their names.
    """
    rows = read_rows(out / "rows.jsonl")
    searches = {f"search-{row['search']}": row for row in rows if row.get("search") in seeds and row["method"] == method}
    own = {(str(row["of"]), int(row["seed"])): row for row in rows if "of" in row and _is_own(row, searches, seeds[0])}
    tests: Measured = {}
    validations: Measured = {}
    for name in dict.fromkeys(name for name, _ in own):
        chosen = [own[name, seed] for seed in retrainings if (name, seed) in own]
        tests[name] = [float(row["test_accuracy"]) for row in chosen]
        validations[name] = [float(row["validation_accuracy"][-1]) for row in chosen]
    found = [float(np.mean(tests[name])) for seed in seeds if len(tests.get(name := f"search-{seed}", ())) > 1]
    cells = [name for k in range(random_cells) if len(tests.get(name := f"random-{k}", ())) > 1]
    others = [float(np.mean(tests[name])) for name in cells]
    if len(found) < 2 or len(others) < 2:
        return f"{len(found)} of {len(seeds)} searches with {method} and {len(others)} of {random_cells} random cells so far"
    cost, minutes = (float(np.mean([float(row[key]) for row in searches.values()])) for key in ("trainings", "cpu_minutes"))
    equal = max(round(cost), 1)
    best = best_of(equal, validations, tests, cells)
    middle = np.mean([percentile(x, others) for x in best])
    gain = gain_over_best(found, equal, validations, tests, cells)
    rows_of = (
        ("random", len(others), _spread(others), "50", "0"),
        (
            f"best of {equal} random, by validation",
            len(best),
            _spread(best),
            f"{middle:.0f}",
            f"{np.mean(best) - np.mean(others):+.2f}",
        ),
        (f"`{method}`", len(found), _spread(found), _percentiles(found, others), _gain(found, others)),
    )
    lines = [
        "| cells | number | accuracy, mean ± sd | percentile among random cells | gain over the mean random cell |",
        "|---|---:|---:|---:|---:|",
        *("| " + " | ".join(map(str, row)) + " |" for row in rows_of),
        "",
        f"One-sided p: Welch {welch(found, others):.4f}, Mann-Whitney {mann_whitney(found, others):.4f}.",
        f"Gain over the best of {equal} random cells: {gain}; one of {detectable(gain):.1f} is shown with a power of 80 %.",
        f"A search costs {cost:.2f} trainings, {minutes:.1f} minutes of one core.",
    ]
    return "\n".join(lines)


def _is_own(row: Mapping[str, Any], searches: Mapping[str, Mapping[str, Any]], first: int) -> bool:
    """Whether a retraining is that of what one of these searches found, or of a random cell of a run with this first seed."""
    if str(row["of"]).startswith("random-"):
        return row.get("first", first) == first
    search = searches.get(str(row["of"]))
    return search is not None and row.get("genotype", search["genotype"]) == search["genotype"]


def best_of(count: int, validations: Measured, tests: Measured, cells: list[str], draws: int = 2_000) -> list[float]:
    """The accuracy of the best of so many random cells: chosen by one seed's validation, judged by the other seed's test."""
    random, found = np.random.default_rng(5), list[float]()
    for draw in range(draws):
        drawn, first = random.permutation(len(cells))[:count], draw % 2
        best = max((cells[k] for k in drawn), key=lambda name: validations[name][first])
        found.append(tests[best][1 - first])
    return found


def gain_over_best(found: list[float], count: int, validations: Measured, tests: Measured, cells: list[str]) -> Interval:
    """How much better searched cells are than the best of so many random ones; both are drawn again for the interval."""
    random = np.random.default_rng(6)
    middle = float(np.mean(found) - np.mean(best_of(count, validations, tests, cells)))
    drawn = list[float]()
    for _ in range(1_000):
        others = [cells[k] for k in random.integers(len(cells), size=len(cells))]
        mean = np.mean(best_of(count, validations, tests, others, draws=100))
        drawn.append(float(np.mean(random.choice(found, len(found))) - mean))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Interval(middle, float(low), float(high))


def detectable(gain: Interval, power: float = 0.8) -> float:
    """The true gain that a run as exact as this one shows with this power: its interval, of a normal error, is above 0."""
    level = NormalDist().inv_cdf(0.975)
    error = (gain.high - gain.low) / 2 / level
    return (level + NormalDist().inv_cdf(power)) * error


def _spread(values: list[float]) -> str:
    return f"{np.mean(values):.2f} ± {np.std(values, ddof=1):.2f}"


def _percentiles(found: list[float], others: list[float]) -> Interval:
    def mean(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.mean([percentile(x, list(b)) for x in a]))

    return bootstrap(found, others, of=mean)


def _gain(found: list[float], others: list[float]) -> Interval:
    return bootstrap(found, others, of=lambda a, b: float(a.mean() - b.mean()))
