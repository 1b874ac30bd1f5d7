"""The results of live searches, from their rows."""

import shutil
from pathlib import Path

import pytest

from spikegraph.searches.statistics import Interval


def test_the_result_of_live_searches(tool, tmp_path):
    for k in range(30):
        for seed in (1, 2):
            tool("rows").append(
                tmp_path / "rows.jsonl",
                {"of": f"random-{k}", "seed": seed, "test_accuracy": 60.0 + k / 10, "validation_accuracy": [60.0 + k / 10]},
            )
    assert tool("live_result").result(tmp_path, [5, 6], 30) == "0 of 2 searches and 30 of 30 random cells so far"
    for search in (5, 6):
        tool("rows").append(tmp_path / "rows.jsonl", {"search": search, "trainings": 5.0, "cpu_minutes": 2.0})
        for seed in (1, 2):
            tool("rows").append(
                tmp_path / "rows.jsonl",
                {
                    "of": f"search-{search}",
                    "seed": seed,
                    "test_accuracy": 62.5 + search % 2 / 50,
                    "validation_accuracy": [62.0],
                },
            )
    text = tool("live_result").result(tmp_path, [5, 6], 30)
    assert "| random | 30 | 61.45 ± 0.88 | 50 | 0 |" in text
    assert "| searched | 2 | 62.51 ± 0.01 | 85.83 [" in text
    assert "A search costs 5.00 trainings, 2.0 minutes of one core." in text


def test_the_result_of_live_searches_for_two_objectives(tool, tmp_path):
    """By hand: with accuracies from 40 to 60 and prices from 1 to 3 the points are A (1, 0), B (0.5, 0.5), C (0, 1)."""
    live, task = tool("live_fronts"), tool("tasks").TASKS["T2"]
    names = live.methods(task, 3)
    assert names == ("random(3)", "evolution(11)")
    for text, accuracy, price in (("A", 40.0, 1.0), ("B", 50.0, 2.0), ("C", 60.0, 3.0)):
        for seed, worse in ((9, 0.0), (8, 5.0)):  # another seed than the one that judges
            found = {"genotype": text, "seed": seed, "test_accuracy": accuracy - worse, "energy": {"cmos-45nm": price}}
            tool("rows").append(tmp_path / "rows.jsonl", found)
    assert live.fronts_result(task, "energy", 3, [1, 2], 9, tmp_path) == "0 of 2 pairs of searches so far"
    for seed, fronts in ((1, (["A"], ["A", "C"])), (2, (["B"], ["A", "B", "C"])), (3, (["A"], ["D"]))):
        for name, front in zip(names, fronts, strict=True):
            tool("rows").append(tmp_path / "rows.jsonl", {"search": seed, "method": name, "trainings": 3.0, "front": front})
    lines = live.fronts_result(task, "energy", 3, [1, 2, 3], 9, tmp_path).splitlines()
    assert lines[0] == "Task T2: accuracy and cmos-45nm; 2 of 3 pairs of searches, 3 networks trained anew."
    # Areas to (1.1, 1.1): A and C 0.11 each, which share 0.01; B 0.36, of which 0.06 are A's and 0.06 C's; all of them 0.46.
    one, two = (0.11 / 0.46 + 0.36 / 0.46) / 2, (0.21 / 0.46 + 1) / 2
    assert [float(line.split(" | ")[3].split()[0]) for line in lines[4:]] == [pytest.approx(x, abs=0.01) for x in (one, two)]
    assert lines[5].split(" | ")[4].split()[0] == f"{two - one:.2f}"


def test_the_page_has_what_the_rows_of_live_fronts_give(tool, tmp_path):
    task = tool("tasks").TASKS["T2"]
    shutil.copy(task.table.parent / "T2.fronts.jsonl", tmp_path / "rows.jsonl")
    head, _, *lines = tool("live_fronts").fronts_result(task, "energy", 3, range(300, 312), 9201, tmp_path).splitlines()
    assert "12 of 12 pairs of searches, 37 networks trained anew" in head
    page = (Path(__file__).parents[2] / "docs" / "search.md").read_text(encoding="utf-8")
    for line in lines[2:]:
        assert line.replace("|  |", "| |") in page


def test_the_power_of_a_live_task(tool):
    """With a standard error of 1: 1.960 + 0.842, the quantiles of the normal distribution for 97.5 and 80 %."""
    detectable = tool("live_result").detectable
    assert detectable(Interval(5.0, -1.959964, 1.959964)) == pytest.approx(2.8016, abs=1e-4)
    assert detectable(Interval(0.0, 2.0, 2.0 + 4 * 1.959964), power=0.5) == pytest.approx(2 * 1.959964)
