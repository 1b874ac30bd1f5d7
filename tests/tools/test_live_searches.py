"""The results of live searches, from their rows."""

import shutil
from pathlib import Path

import pytest

from spikegraph.searches.statistics import Interval

WRITTEN = [
    *[("energy", 'energy(model = "cmos-45nm")'), ("simple", 'energy(model = "simple")')],
    *[("parameters", "parameters"), ("spikes", "spikes")],
]
"""Second objectives, and how a resolved spec writes them."""


def test_the_result_of_live_searches(tool, tmp_path):
    for k in range(30):
        for seed in (1, 2):
            tool("rows").append(
                tmp_path / "rows.jsonl",
                {"of": f"random-{k}", "seed": seed, "test_accuracy": 60.0 + k / 10, "validation_accuracy": [60.0 + k / 10]},
            )

    def result() -> str:
        return tool("live_result").result(tmp_path, "evolution(4)", [5, 6], 30, [1, 2])

    assert result() == "0 of 2 searches with evolution(4) and 30 of 30 random cells so far"
    for search in (5, 6):
        row = {"search": search, "method": "evolution(4)", "genotype": "A", "trainings": 5.0, "cpu_minutes": 2.0}
        tool("rows").append(tmp_path / "rows.jsonl", row)
        tool("rows").append(tmp_path / "rows.jsonl", {**row, "method": "halving(4)", "genotype": "B", "trainings": 9.0})
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
    # Another method's network, another seed of a retraining, a random cell of another run.
    of = {"of": "search-5", "seed": 1, "test_accuracy": 0.0, "validation_accuracy": [0.0]}
    for other in ({**of, "genotype": "B"}, {**of, "seed": 3}, {**of, "of": "random-0", "first": 7}):
        tool("rows").append(tmp_path / "rows.jsonl", other)
    text = result()
    assert "| random | 30 | 61.45 ± 0.88 | 50 | 0 |" in text
    assert "| `evolution(4)` | 2 | 62.51 ± 0.01 | 85.83 [" in text
    assert "A search costs 5.00 trainings, 2.0 minutes of one core." in text


def test_the_result_of_live_searches_for_two_objectives(tool, tmp_path):
    """By hand: with accuracies from 40 to 60 and prices from 1 to 3 the points are A (1, 0), B (0.5, 0.5), C (0, 1)."""
    live, task = tool("live_fronts"), tool("tasks").TASKS["T2"]
    names = live.methods(task, 3)
    assert names == ("random(3)", "evolution(10)")
    for text, accuracy, price in (("A", 40.0, 1.0), ("B", 50.0, 2.0), ("C", 60.0, 3.0)):
        for seed, worse in ((9, 0.0), (8, 5.0)):  # another seed than the one that judges
            found = {"genotype": text, "seed": seed, "test_accuracy": accuracy - worse, "energy": {"cmos-45nm": price}}
            tool("rows").append(tmp_path / "rows.jsonl", found)
    assert live.fronts_result(task, "energy", 3, [1, 2], 9, tmp_path) == "0 of 2 pairs of searches so far"
    row: dict[str, object] = {}
    for seed, fronts in ((1, (["A"], ["A", "C"])), (2, (["B"], ["A", "B", "C"])), (3, (["A"], ["D"]))):
        for name, front in zip(names, fronts, strict=True):
            row = {"search": seed, "method": name, "objective": "cmos-45nm", "trainings": 3.0, "front": front}
            tool("rows").append(tmp_path / "rows.jsonl", row)
    # A search for another objective, and what it found, decide nothing.
    tool("rows").append(tmp_path / "rows.jsonl", {**row, "objective": "parameters", "front": ["E"]})
    best = {"genotype": "E", "seed": 9, "test_accuracy": 90.0, "parameters": 5, "energy": {"cmos-45nm": 0.1}}
    tool("rows").append(tmp_path / "rows.jsonl", best)
    lines = live.fronts_result(task, "energy", 3, [1, 2, 3], 9, tmp_path).splitlines()
    assert lines[0] == "Task T2: accuracy and cmos-45nm; 2 of 3 pairs of searches, 3 networks trained anew."
    # Areas to (1.1, 1.1): A and C 0.11 each, which share 0.01; B 0.36, of which 0.06 are A's and 0.06 C's; all of them 0.46.
    one, two = (0.11 / 0.46 + 0.36 / 0.46) / 2, (0.21 / 0.46 + 1) / 2
    assert [float(line.split(" | ")[3].split()[0]) for line in lines[4:]] == [pytest.approx(x, abs=0.01) for x in (one, two)]
    assert lines[5].split(" | ")[4].split()[0] == f"{two - one:.2f}"


def test_the_page_has_what_the_rows_of_live_fronts_give(tool, tmp_path):
    task = tool("tasks").TASKS["T2"]
    shutil.copy(task.table.parent / "T2.fronts.jsonl", tmp_path / "rows.jsonl")
    head, _, *lines = tool("live_fronts").fronts_result(task, "energy", 3, range(320, 332), 9301, tmp_path).splitlines()
    assert "12 of 12 pairs of searches, 41 networks trained anew" in head
    page = (Path(__file__).parents[2] / "docs" / "search.md").read_text(encoding="utf-8")
    for line in lines[2:]:
        assert line.replace("|  |", "| |") in page


@pytest.mark.parametrize(("price", "written"), WRITTEN)
def test_a_live_search_has_the_objective_that_is_asked_for(tool, tmp_path, monkeypatch, price, written):
    """A search for another one is in the folder; the training is a stand-in."""
    live, task, seen = tool("live_fronts"), tool("tasks").TASKS["T2"], dict[str, str]()
    rows, row = tmp_path / "rows.jsonl", {"search": 3, "method": "random(3)", "trainings": 3.0, "front": ["A"]}
    tool("rows").append(rows, {**row, "objective": "lemaire"})

    def train(program, settings, out):
        seen[out.name] = program.text
        return out, None

    for name, value in (("train_program", train), ("cost_of", lambda run: 3.0), ("read_front", lambda run: [])):
        monkeypatch.setattr(live, name, value)
    assert live.searched(task, "random(3)", "lemaire", 3, tmp_path) == ["A"]
    assert live.searched(task, "random(3)", price, 3, tmp_path) == []
    model = "cmos-45nm" if price == "energy" else price
    ((folder, text),) = seen.items()
    assert folder == f"random-3-{model}-3"
    assert f"[accuracy, {written}]" in text
    assert tool("rows").read_rows(rows)[-1]["objective"] == model


def test_networks_of_live_searches_are_judged_by_their_objective(tool, tmp_path):
    """By hand: A is best in accuracy and B in weights, so each alone has 0.11 of the area of both, 0.21."""
    live, task = tool("live_fronts"), tool("tasks").TASKS["T2"]
    for text, accuracy, count in (("A", 60.0, 300), ("B", 40.0, 100)):
        row = {"genotype": text, "seed": 9, "test_accuracy": accuracy, "parameters": count, "energy": {"spikes": 0.5}}
        tool("rows").append(tmp_path / "rows.jsonl", row)
    for seed in (1, 2):
        for name, front in zip(live.methods(task, 3), (["A"], ["A", "B"]), strict=True):
            row = {"search": seed, "method": name, "objective": "parameters", "trainings": 3.0, "front": front}
            tool("rows").append(tmp_path / "rows.jsonl", row)
    lines = live.fronts_result(task, "parameters", 3, [1, 2], 9, tmp_path).splitlines()
    areas = [float(line.split(" | ")[3].split()[0]) for line in lines[4:]]
    assert areas == [pytest.approx(0.11 / 0.21, abs=0.01), pytest.approx(1.0)]


def test_live_searches_reuse_what_is_theirs_alone(tool, tmp_path, monkeypatch):
    """Trainings are stand-ins: another method searches again, and another first seed has other random cells."""
    live, task, made = tool("live"), tool("tasks").TASKS["T2"], list[tuple[str, int]]()
    (cell,) = live.random_cells(task, 3, 1)
    for method in ("random(3)", "random(4)"):
        row = {"search": 3, "method": method, "genotype": cell.text(), "trainings": 3.0}
        tool("rows").append(tmp_path / "rows.jsonl", row)
    assert live.searched(task, "random(4)", 3, tmp_path) == cell.text()  # from the row alone, without the run's folder

    def trained(program, architecture, seed):
        made.append((architecture.text(), seed))
        return {"seed": seed}

    monkeypatch.setattr(live, "trained", trained)
    for _ in range(2):
        live.run_live(task, "random(3)", [3], 1, [1, 2], tmp_path, (0, 1))
    assert made == [(cell.text(), 1), (cell.text(), 2)] * 2
    live.run_live(task, "random(4)", [3], 1, [2, 3], tmp_path, (0, 1))
    assert made[4:] == [(cell.text(), 3)] * 2
    (other,) = live.random_cells(task, 4, 1)
    assert other != cell
    tool("rows").append(tmp_path / "rows.jsonl", {"search": 4, "method": "random(3)", "genotype": cell.text()})
    live.run_live(task, "random(3)", [4], 1, [1], tmp_path, (0, 1))
    assert (other.text(), 1) in made


def test_the_power_of_a_live_task(tool):
    """With a standard error of 1: 1.960 + 0.842, the quantiles of the normal distribution for 97.5 and 80 %."""
    detectable = tool("live_result").detectable
    assert detectable(Interval(5.0, -1.959964, 1.959964)) == pytest.approx(2.8016, abs=1e-4)
    assert detectable(Interval(0.0, 2.0, 2.0 + 4 * 1.959964), power=0.5) == pytest.approx(2 * 1.959964)
