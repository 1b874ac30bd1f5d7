"""The campaign that judges DGS: its arms, its rows, and its table."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from spikegraph.data.sets import DataSets

ROOT = Path(__file__).parents[2]
FOLDERS = [str(ROOT / "tools" / name) for name in ("dgs_campaign", "search_bench")]
MODULES = ("campaigns", "one_training", "rows", "table")
TINY = ("short.W=1", "retrain.epochs=1", "retrain.epoch_samples=32", "retrain.dgs.iterations=1")


@pytest.fixture(scope="module")
def tool() -> Iterator[dict[str, ModuleType]]:
    """The modules of the tool, which find each other by bare name."""
    sys.path[:0] = FOLDERS
    yield {name: __import__(name) for name in MODULES}
    for folder in FOLDERS:
        sys.path.remove(folder)
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def tiny(tool) -> Iterator[Any]:
    """The classification with the arms `random candidate` and `DGS` of a network that trains in a moment, without baselines."""
    campaign = tool["campaigns"].classification()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(DataSets, "baselines", lambda _: {})
        yield replace(campaign, overrides=TINY, arms=campaign.arms[-2:], seeds=range(3000, 3001), _programs={})


def told(path: Path) -> list[dict[str, Any]]:
    """The rows of a file, without their processor time."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [{key: value for key, value in line.items() if key != "cpu_seconds"} for line in lines]


@pytest.fixture(scope="module")
def journals() -> list[list[dict[str, Any]]]:
    """The journals of the trainings, in their order."""
    return []


@pytest.fixture(scope="module")
def whole(tool, tiny, tmp_path_factory: pytest.TempPathFactory, journals) -> Path:
    """The rows of a campaign that nothing interrupted."""
    module, path = tool["one_training"], tmp_path_factory.mktemp("whole") / "rows.jsonl"
    train = module.train_program

    def kept(program: Any, settings: Any, out: Path) -> Any:
        found = train(program, settings, out=out)
        journals.append([json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()])
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "train_program", kept)
        module.run_missing(tiny, tiny.seeds, path)
    return path


def test_the_random_arm_differs_in_the_choice_alone(whole: Path, journals) -> None:
    same: list[list[dict[str, Any]]] = []
    for journal in journals:
        entries = [{k: v for k, v in entry.items() if k not in ("time", "seconds")} for entry in journal]
        same.append([entry for entry in entries if entry["epoch"] == 1 and entry["event"] in ("step", "dgs")])
    chosen = [[(e["neuron"], e.pop("b")) for e in entries if e["event"] == "dgs"] for entries in same]
    assert same[0] == same[1]
    assert chosen[0] != chosen[1]
    for (_, b), entry in zip(chosen[1], [e for e in same[1] if e["event"] == "dgs"], strict=True):
        assert entry["alpha"][entry["candidates"].index(b)] == max(entry["alpha"])
    candidates = [e["candidates"] for e in same[0] if e["event"] == "dgs"]
    assert all(b in each for (_, b), each in zip(chosen[0], candidates, strict=True))


def test_a_campaign_that_was_killed_ends_with_the_same_rows(tool, tiny, whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    head, first, _ = whole.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(head + first, encoding="utf-8")  # the process died in the second training
    tool["one_training"].run_missing(tiny, tiny.seeds, path)
    assert path.read_text(encoding="utf-8").startswith(head + first)
    assert told(path) == told(whole)


ARMS = ("fixed b = 3, 1.4 times the steps", "fixed b = 3", "fixed b = 2", "random candidate", "DGS")
ACCURACIES = (
    (54.4, 51.2, 56.9, 53.3, 55.0, 52.1),
    (53.0, 50.1, 54.8, 52.9, 53.7, 51.0),
    (53.9, 52.0, 55.5, 53.1, 55.2, 50.9),
    (53.7, 50.8, 55.0, 53.6, 54.4, 51.7),
    (54.1, 52.3, 55.9, 54.0, 55.8, 51.5),
)


@pytest.fixture
def rows(tool) -> list[dict[str, Any]]:
    """Rows of six seeds."""
    seeds = tool["campaigns"].classification().seeds[:6]
    return [
        {"seed": seed, "arm": arm, "accuracy_percent": values[k], "b": {"n0": 2.0, "n1": 2.0 + k / 5}, "cpu_seconds": 30.0 + k}
        for k, seed in enumerate(seeds)
        for arm, values in zip(ARMS, ACCURACIES, strict=True)
    ]


TABLE = """\
6 of 48 seeds; judged when all are there. 0.27 CPU hours in 30 trainings.

| arm | accuracy, %, mean ± sd | mean b at the end | CPU seconds, median |
|---|---:|---:|---:|
| fixed b = 3, 1.4 times the steps | 53.82 ± 2.06 | 2.25 | 32.5 |
| fixed b = 3 | 52.58 ± 1.74 | 2.25 | 32.5 |
| fixed b = 2 | 53.43 ± 1.80 | 2.25 | 32.5 |
| random candidate | 53.20 ± 1.62 | 2.25 | 32.5 |
| DGS | 53.93 ± 1.79 | 2.25 | 32.5 |

| DGS minus | mean | sd | 95 % interval |
|---|---:|---:|---|
| fixed b = 3, 1.4 times the steps | +0.12 | 0.86 | [-0.79, +1.02] |
| fixed b = 3 | +1.35 | 0.66 | [+0.65, +2.05] |
| fixed b = 2 | +0.50 | 0.25 | [+0.23, +0.77] |
| random candidate | +0.73 | 0.66 | [+0.04, +1.42] |"""
"""The intervals are those of `scipy.stats.ttest_rel(DGS, arm).confidence_interval(0.95)`, deviations those of numpy."""


def test_the_table_of_a_part_has_no_verdict(tool, rows) -> None:
    campaign = tool["campaigns"].classification()
    assert tool["table"].table(campaign, rows) == TABLE
    assert tool["table"].table(campaign, [*rows, {**rows[0], "seed": campaign.seeds[6]}]).startswith("6 of 48 seeds")


def test_the_whole_table_has_a_verdict(tool, rows) -> None:
    campaign = replace(tool["campaigns"].classification(), seeds=range(3000, 3006))
    end = "Primary comparison, with fixed b = 3, 1.4 times the steps: no evidence of a difference; a gain of 1 isn't excluded."
    assert tool["table"].table(campaign, rows).splitlines()[-1] == end
    better = [{**row, "accuracy_percent": row["accuracy_percent"] + (row["arm"] == "DGS")} for row in rows]
    assert ": DGS is better; a gain of 1 isn't" in tool["table"].table(campaign, better)
    smaller = replace(campaign, larger=False, sought=0.1)
    assert ": DGS is worse; a gain of 0.1 is excluded." in tool["table"].table(smaller, better)


def test_the_first_seeds_are_judged_where_they_are_enough(tool, rows) -> None:
    """Stereo's first 12 of 24 are; here 4 of 8. What other seeds give changes nothing."""
    stereo = tool["campaigns"].stereo()
    assert (len(stereo.seeds), stereo.judged) == (24, range(4000, 4012))
    campaign = replace(tool["campaigns"].classification(), seeds=range(3000, 3008), enough=4)
    few = [row for row in rows if row["seed"] != 3003]
    part = tool["table"].table(campaign, few)
    assert part.startswith("5 of 8 seeds; judged when the first 4 are there. ") and "Primary comparison" not in part
    first = [row for row in rows if row["seed"] < 3004]
    head, _, table = tool["table"].table(campaign, first).partition("\n")
    assert head.startswith("4 of 8 seeds; ")
    assert "Primary comparison, with fixed b = 3, 1.4 times the steps: " in table
    assert tool["table"].table(campaign, rows).partition("\n")[2] == table
    assert tool["table"].table(replace(campaign, seeds=range(3000, 3004), enough=None), first).partition("\n")[2] == table


def test_random_paths_are_compared_with_seeds(tool) -> None:
    """The components of variance of three paths from two seeds, by hand: within 1, between the means 2 * 4 = 8."""
    campaign = tool["campaigns"].layers()
    assert len({arm.genotype for arm in campaign.arms}) == len(campaign.arms) == 20
    assert all(campaign.program(arm).spec.paths for arm in campaign.arms[:2])
    three = replace(campaign, arms=campaign.arms[:3])
    a = 0.5**0.5
    values = ((1 - a, 1 + a), (3 - a, 3 + a), (5 - a, 5 + a))
    rows = [
        {"seed": seed, "arm": arm.name, three.metric: x, "b": {"n0": 3.0}, "cpu_seconds": 1.0}
        for arm, pair in zip(three.arms, values, strict=True)
        for seed, x in zip(three.seeds, pair, strict=True)
    ]
    end = tool["table"].table(three, rows).splitlines()[-2:]
    assert end[0] == "Standard deviation between seeds 1.000, between paths 1.871."
    assert end[1] == "The spread between paths is large enough to judge a search."
