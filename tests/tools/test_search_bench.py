"""The benchmark of searches: tables, replays, and what they print."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spikegraph.program.networks import network_of


def row(genotype: Mapping[str, list[str]], quality: float, seed: int = 0, **more: Any) -> dict[str, Any]:
    curve = [round(2 - quality * (k + 1) / 8, 4) for k in range(8)]
    found = {"genotype": genotype, "seed": seed, "train_loss": curve, "test_accuracy": 50 + 10 * quality}
    return {**found, "validation_accuracy": [None] * 3 + [40 + 10 * quality] + [None] * 3 + [50 + 10 * quality], **more}


def genotype(k: int) -> dict[str, list[str]]:
    """Cell k of 27: three nodes with one of three operations each."""
    operations = ("conv", "skip", "pool")
    return {f"n{node}": [f"{operations[k // 3**node % 3]}(prev)"] for node in range(3)}


def quality(k: int) -> float:
    return sum((1.0, 0.5, 0.0)[k // 3**node % 3] for node in range(3)) / 3


def write(path: Path, rows: list[dict[str, Any]], **head: Any) -> Path:
    lines = [{"table": "small", "points": 8, **head}, *rows]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path / "small.jsonl", [row(genotype(k), quality(k)) for k in range(27)])


def test_a_training_is_a_look_into_the_table(tool, small):
    table = tool("table").read_table(small)
    trials = tool("replay").TableTrials(table)
    cell = table.cells[0]
    assert (table.size, table.best, table.least) == (27, 60.0, 0.125)
    first = trials.train(cell, 0.25)
    assert (first.share, first.training, first.validation) == (0.25, 1.75, None)  # the later half of two points is the second
    assert trials.train(cell, 0.5).validation == -50.0
    assert trials.train(cell, 0.25) == first
    assert trials.cost == 0.5
    trials.train(table.cells[1], 1.0)
    assert trials.cost == 1.5


def test_random_search_by_both_ranks(tool, tmp_path):
    """Loss and validation rank three cells 2, 0, 1 and 0, 1, 2: the second has the best sum, though no cell is best in both."""
    rows = [row(genotype(k), 1.0) for k in range(3)]
    for each, loss, accuracy in zip(rows, (0.9, 0.1, 0.5), (70.0, 60.0, 50.0), strict=True):
        each["train_loss"], each["validation_accuracy"][-1] = [loss] * 8, accuracy
    table = tool("table").read_table(write(tmp_path / "t.jsonl", rows))
    search = tool("replay").Replay({"n": 3}, tool("replay").TableTrials(table), np.random.default_rng(0))
    assert tool("comparison").random_by_both(search) == table.cells[1]


def test_changed_cells_differ_in_one_edge(tool, small):
    table, random = tool("table").read_table(small), np.random.default_rng(0)
    found = {table.mutated(table.cells[13], random) for _ in range(300)}
    assert len(found) == 6
    assert all(len(set(cell.edges) ^ set(table.cells[13].edges)) == 2 for cell in found)


def test_another_seed_judges(tool, tmp_path):
    rows = [row(genotype(k), quality(k)) for k in range(27)]
    rows += [row(genotype(k), quality(k), 1, test_accuracy=float(k)) for k in range(27)]
    table = tool("table").read_table(write(tmp_path / "two.jsonl", rows))
    assert table.best == 26.0
    assert not table.own_seed
    # A table whose second seed has only begun is judged by the first.
    part = tool("table").read_table(write(tmp_path / "part.jsonl", rows[:30]))
    assert (part.size, part.best, part.own_seed) == (27, 60.0, True)


def test_cells_whose_terms_have_another_order_are_one(tool, tmp_path):
    first, second = {"n0": ["conv(prev)", "skip(prev2)"]}, {"n0": ["skip(prev2)", "conv(prev)"]}
    table = tool("table").read_table(write(tmp_path / "seeds.jsonl", [row(first, 0.5), row(second, 0.7, seed=1)]))
    assert (table.size, table.own_seed, table.best) == (1, False, 57.0)
    twice = write(tmp_path / "twice.jsonl", [row(first, 0.5), row(second, 0.7)])
    with pytest.raises(tool("table").TableError, match=r"twice\.jsonl:3: seed 0 has this cell already"):
        tool("table").read_table(twice)


def test_the_comparison_has_random_search_at_every_cost(tool, small):
    text = tool("comparison").compared(tool("table").read_table(small), [3, 5], list(range(20)))
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    assert [line.split("(")[0] for line in lines] == ["| `random", "| `random", "| `halving", "| `evolution"] * 2
    assert text.startswith("Table small: 27 cells; the best has 60.00 %, the median 55.00 %. 20 replays;")
    assert "| training after 100 % | 1.00 |" in text
    again, once_more = (tool("comparison").compared(tool("table").read_table(small), [3], [4, 5]) for _ in range(2))
    assert again == once_more


def test_a_method_that_sees_the_truth_has_no_regret(tool, small):
    table = tool("table").read_table(small)

    def oracle(search: Any) -> Any:
        return max(table.cells, key=lambda cell: table.truth[cell])

    assert tool("replay").replay(oracle, table, {}, 0) == (0.0, 0)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "it is empty; docs/search.md has the format"),
        (['{"points": 8}'], ':1: the first line must be the head, such as {"table": "name", "points": 100}'),
        (['{"table": "a", "points": 8}'], "it has no cells"),
        (
            ['{"table": "a", "points": "many"}'],
            ':1: `points` must be a whole number from 1, the length of every curve, not "many"',
        ),
        (['{"table": "a", "points": 8, "steps": 0}'], ":1: `steps` must be a number above 0, the steps of a training, not 0"),
        (['{"table": "a", "points": 8}', "x"], ":2: not JSON: Expecting value: line 1 column 1 (char 0)"),
        (['{"table": "a", "points": 8}', "[1]"], ":2: not a JSON object"),
        (['{"table": "a", "points": 8}', "{}"], ":2: `genotype` is missing; docs/search.md has the format"),
        (
            ['{"table": "a", "points": 9}', json.dumps(row(genotype(0), 1.0))],
            ":2: `train_loss` has 8 points, not 9; docs/search.md has the format",
        ),
        (
            ['{"table": "a", "points": 8}', json.dumps(row({"n0": ["conv"]}, 1.0))],
            ":2: `conv` isn't of the form operation(source); docs/search.md has the format",
        ),
        (
            ['{"table": "a", "points": 8}', json.dumps({**row(genotype(0), 1.0), "validation_accuracy": [None] * 8})],
            ":2: a cell needs a training and a validation curve, which ends with a number; docs/search.md has the format",
        ),
        (['{"table": "a", "points": 8}', *[json.dumps(row(genotype(0), 1.0))] * 2], ":3: seed 0 has this cell already"),
    ],
)
def test_a_wrong_table_is_an_error_with_its_line(tool, tmp_path, lines, message):
    path = tmp_path / "wrong.jsonl"
    path.write_text("\n".join(lines))
    with pytest.raises(tool("table").TableError) as error:
        tool("table").read_table(path)
    assert str(error.value) == (f"{path}{message}" if message.startswith(":") else f"{path}: {message}")


def test_a_file_that_cannot_be_read_is_an_error_with_its_path(tool, tmp_path):
    packed = tmp_path / "t.jsonl.gz"
    packed.write_bytes(b'{"table": "a", "points": 8}')
    for path, message in ((packed, "not a gzip file"), (tmp_path / "none.jsonl", "No such file or directory")):
        with pytest.raises(tool("table").TableError) as error:
            tool("table").read_table(path)
        assert str(error.value).startswith(f"{path}: {message}")


def test_the_tasks_have_the_cells_that_they_promise(tool):
    tasks = tool("tasks").TASKS
    assert len(tasks["T0"].cells()) == 48
    assert len(tasks["T1"].cells()) == 1_152
    for name in ("T0", "T1"):
        cell = tasks[name].cells()[7]
        program = tasks[name].program().bind(tasks[name].genotype(cell).text())
        assert not program.check("retrain").has_errors
        assert tasks[name].cell_of(tasks[name].genotype(cell)) == cell


def test_the_shipped_tables_are_rows_of_their_tasks(tool):
    for name in ("T0", "T1"):
        task = tool("tasks").TASKS[name]
        table = tool("table").read_table(task.table)
        assert set(table.cells) <= set(task.cells())
        assert table.points == tool("training").POINTS


def test_cells_that_are_one_network_are_begun_once(tool, tmp_path):
    """A table may say which of its cells are one network; cells 0 to 8 are, so 19 of the 27 are different."""
    rows = [row(genotype(k), quality(k), **({"network": "one"} if k < 9 else {})) for k in range(27)]
    table = tool("table").read_table(write(tmp_path / "networks.jsonl", rows))
    trials = tool("replay").TableTrials(table)
    search = tool("replay").Replay({"n": 27, "share": 0.125}, trials, np.random.default_rng(0))
    tool("comparison").evolving.evolution(search)
    assert len(trials.done) == len({table.network(cell) for cell in trials.done}) <= 19
    first, second = table.cells[:2]
    alone = tool("replay").TableTrials(table)
    assert alone.train(second, 0.5) == alone.train(first, 0.5)
    assert alone.cost == 0.5


def test_the_cells_of_a_task_are_different_networks(tool):
    task = tool("tasks").TASKS["T0"]
    program = task.program()
    assert len({network_of(program, task.genotype(cell).text()) for cell in task.cells()}) == 48


def test_random_cells_are_different_networks(tool):
    task = tool("tasks").TASKS["T2"]
    cells = tool("live").random_cells(task, 100, 12)
    assert len({network_of(task.program(), cell.text()) for cell in cells}) == 12
    assert {edge.operation for cell in cells for edge in cell.edges} == {"c3", "skip"}
    assert cells[:5] == tool("live").random_cells(task, 100, 5)


def test_a_row_that_was_being_written_is_left_out(tool, tmp_path):
    path = tmp_path / "rows.jsonl"
    tool("rows").append(path, {"a": 1}, {"table": "t"})
    tool("rows").append(path, {"a": 2}, {"table": "t"})
    path.write_text(path.read_text() + '{"a": 3')
    assert tool("rows").read_rows(path) == [{"a": 1}, {"a": 2}]


def test_a_row_takes_the_place_of_one_without_its_energy(tool, tmp_path):
    path, append = tmp_path / "rows.jsonl", tool("rows").append
    for k in range(3):
        append(path, {"genotype": genotype(k), "seed": 0, "test_accuracy": 1.0}, {"table": "t"})
    append(path, {"genotype": genotype(1), "seed": 1, "test_accuracy": 1.0})
    append(path, {"genotype": genotype(1), "seed": 0, "energy": {}}, replaces={"genotype": genotype(1), "seed": 0})
    rows = [(r["genotype"], r["seed"], "energy" in r) for r in tool("rows").read_rows(path)]
    assert rows == [(genotype(0), 0, False), (genotype(2), 0, False), (genotype(1), 1, False), (genotype(1), 0, True)]
    assert path.read_text().startswith('{"table": "t"}\n')


def test_energies_follow_from_the_counts_of_a_row(tool):
    """By hand: products of reals are the stem's, the same at both time steps, and the head's, of 32 channels at each."""
    task = tool("tasks").TASKS["T0"]
    row = next(row for row in tool("rows").read_rows(task.table) if "energy" in row)
    (cell,) = (cell for cell in task.cells() if tool("training").terms(cell) == row["genotype"])
    energy = tool("energy").energy_of(task.program().bind(task.genotype(cell).text()), row["counts"])
    assert energy == row["energy"]
    picojoules = 0.9 * energy["synaptic_operations"] + 4.6 * (16 * 16 * 12 * 27 + 2 * 32 * 10)
    assert energy["cmos-45nm"] == pytest.approx(picojoules * 1e-9, rel=1e-5)
    rates = row["counts"]["firing_rates"]
    assert min(rates.values()) < energy["spikes"] < max(rates.values())


def priced(k: int) -> dict[str, float]:
    """A price that rises with the quality, but for one operation that is good and cheap."""
    return {"cmos-45nm": 0.001 * (1 + sum((3, 1, 2)[k // 3**node % 3] for node in range(3)))}


def test_fronts_are_compared_by_the_area_that_judges_them(tool, tmp_path):
    rows = [row(genotype(k), quality(k), seed, energy=priced(k)) for seed in (0, 1) for k in range(27)]
    table = tool("table").read_table(write(tmp_path / "t.jsonl", rows)).priced("cmos-45nm")
    fronts = tool("fronts")
    area = fronts.Area(table, "cmos-45nm")
    # Of operations (quality, price): conv (1, 3), skip (0.5, 1), pool (0, 2); so cells of conv and skip alone are the front.
    on = [cell for cell in table.cells if all(e.operation != "pool" for e in cell.edges)]
    assert area.of(on) == area.of(table.cells) == 1.0
    (worst,) = [cell for cell in table.cells if {e.operation for e in cell.edges} == {"pool"}]
    (best,) = [cell for cell in table.cells if {e.operation for e in cell.edges} == {"conv"}]
    assert (area.points[worst], area.points[best]) == ((1.0, 0.5), (0.0, 1.0))
    # By hand: steps of the front are (0, 1), (1/6, 2/3), (1/3, 1/3), (1/2, 0), with the reference (1.1, 1.1).
    whole = 0.6 * 1.1 + (1 / 6) * (1.1 - 1 / 3 + 1.1 - 2 / 3 + 0.1)
    assert area.of([best]) == pytest.approx(1.1 * 0.1 / whole)
    found, cost = fronts.found_front(fronts.random_front, table, "cmos-45nm", {"n": 27}, 0)
    assert cost == 27 and area.of(found) == 1.0


def test_a_table_whose_energies_are_measured_in_part(tool, tmp_path):
    rows = [
        row(genotype(k), quality(k), seed, **({"energy": priced(k)} if k < 9 + seed else {}))
        for seed in (0, 1)
        for k in range(27)
    ]
    table = tool("table").read_table(write(tmp_path / "t.jsonl", rows, steps=400))
    lines = tool("fronts").compared_fronts(table, "energy", [2], [0, 1]).splitlines()
    assert lines[0].startswith("Table small: accuracy and cmos-45nm, 9 of 27 cells, of which ")
    assert [line.split(" | ")[0] for line in lines[4:]] == ["| `random(2)`", "| `evolution(2)`"]
    with pytest.raises(tool("table").TableError, match="fewer than two cells have `simple`; it has cmos-45nm"):
        tool("fronts").compared_fronts(table, "simple", [2], [0])
