"""The result of T2 from its rows: percentile, gain and tests of the searched cells among random ones."""

from pathlib import Path

import numpy as np
from rows import read_rows

from spikegraph.searches.statistics import Interval, bootstrap, mann_whitney, percentile, welch


def result(out: Path, seeds: list[int], random_cells: int) -> str:
    """The table as Markdown."""
    rows = read_rows(out / "rows.jsonl")
    tests: dict[str, list[float]] = {}
    validations: dict[str, list[float]] = {}
    for row in rows:
        if "of" in row:
            tests.setdefault(str(row["of"]), []).append(float(row["test_accuracy"]))
            validations.setdefault(str(row["of"]), []).append(float(row["validation_accuracy"][-1]))
    found = [float(np.mean(tests[name])) for seed in seeds if len(tests.get(name := f"search-{seed}", ())) > 1]
    cells = [name for k in range(random_cells) if len(tests.get(name := f"random-{k}", ())) > 1]
    others = [float(np.mean(tests[name])) for name in cells]
    searches = [row for row in rows if "search" in row and row["search"] in seeds]
    if len(found) < 2 or len(others) < 2:
        return f"{len(found)} of {len(seeds)} searches and {len(others)} of {random_cells} random cells so far"
    five = best_of_five(validations, tests, cells)
    middle = np.mean([percentile(x, others) for x in five])
    rows_of = (
        ("random", len(others), _spread(others), "50", "0"),
        (
            "best of 5 random, by validation",
            len(five),
            _spread(five),
            f"{middle:.0f}",
            f"{np.mean(five) - np.mean(others):+.2f}",
        ),
        ("searched", len(found), _spread(found), _percentiles(found, others), _gain(found, others)),
    )
    lines = [
        "| cells | number | accuracy, mean ± sd | percentile among random cells | gain over the mean random cell |",
        "|---|---:|---:|---:|---:|",
        *("| " + " | ".join(map(str, row)) + " |" for row in rows_of),
        "",
        f"One-sided p: Welch {welch(found, others):.4f}, Mann-Whitney {mann_whitney(found, others):.4f}.",
    ]
    if searches:
        cost, minutes = (float(np.mean([float(row[key]) for row in searches])) for key in ("trainings", "cpu_minutes"))
        lines.append(f"A search costs {cost:.2f} trainings, {minutes:.1f} minutes of one core.")
    return "\n".join(lines)


def best_of_five(validations: dict[str, list[float]], tests: dict[str, list[float]], cells: list[str]) -> list[float]:
    """The accuracy of the best of five random cells: chosen by one seed's validation, judged by the other seed's test."""
    random, found = np.random.default_rng(5), list[float]()
    for draw in range(2_000):
        drawn, first = random.permutation(len(cells))[:5], draw % 2
        best = max((cells[k] for k in drawn), key=lambda name: validations[name][first])
        found.append(tests[best][1 - first])
    return found


def _spread(values: list[float]) -> str:
    return f"{np.mean(values):.2f} ± {np.std(values, ddof=1):.2f}"


def _percentiles(found: list[float], others: list[float]) -> Interval:
    def mean(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.mean([percentile(x, list(b)) for x in a]))

    return bootstrap(found, others, of=mean)


def _gain(found: list[float], others: list[float]) -> Interval:
    return bootstrap(found, others, of=lambda a, b: float(a.mean() - b.mean()))
