"""Searches that train candidates: interrupted and killed at any step, they go on to the same bits."""

import json
import os
import re
import shutil
import signal
from pathlib import Path

import pytest
import tiny_search
from same_run import assert_same_run
from tiny_search import Told, stop_after, train

from spikegraph.backends.report.record import Record
from spikegraph.backends.report.sections.search import section
from spikegraph.base.errors import Interrupted, RunFolderError
from spikegraph.cli.entry import run as spikegraph
from spikegraph.overview.find import find_runs
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.trial import read_trial, read_trials

from ..forked import python

pytestmark = pytest.mark.usefixtures("one_thread")
METHODS = ("random(3)", "halving(4)")


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of each method, without interruption."""
    found: dict[str, Path] = {}
    for method in METHODS:
        found[method] = tmp_path_factory.mktemp("whole")
        train(found[method], method)
    return found


def assert_same(folder: Path, whole: Path) -> None:
    """The runs are the same, and so are genotype, numbers and journal of each candidate."""
    assert_same_run(folder / "run", whole / "run")
    runs = [RunFolder(path / "run") for path in (folder, whole)]
    trials = [[(t.number, t.genotype, t.record.points) for t in read_trials(run)] for run in runs]
    assert trials[0] == trials[1]
    for number, *_ in trials[0]:
        journals = [run.trial(number).metrics.read_text().splitlines() for run in runs]
        lines = [[{k: v for k, v in json.loads(line).items() if k != "time"} for line in journal] for journal in journals]
        assert lines[0] == lines[1]
    costs = [None if (c := run.read_summary().cost) is None else (c.candidates, c.trainings, c.chosen) for run in runs]
    assert costs[0] == costs[1] is not None
    assert not list((folder / "run/trials").rglob("*.safetensors"))


@pytest.mark.parametrize(("method", "step"), [("random(3)", 27), ("halving(4)", 14), ("halving(4)", 33), ("halving(4)", 47)])
def test_interrupted_then_resumed(wholes: dict[str, Path], tmp_path: Path, method: str, step: int) -> None:
    with pytest.raises(Interrupted):
        train(tmp_path, method, reporter=stop_after(step))
    train(tmp_path, method, resume=True)
    assert_same(tmp_path, wholes[method])


@pytest.mark.parametrize(("method", "step"), [("random(3)", 44), ("halving(4)", 32)])
def test_killed_then_resumed(wholes: dict[str, Path], tmp_path: Path, method: str, step: int) -> None:
    shutil.copytree(wholes[method] / "data", tmp_path / "data")
    killed = python(tiny_search.__file__, tmp_path, method, "--kill", step)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    train(tmp_path, method, resume=True)
    assert_same(tmp_path, wholes[method])


class KilledError(BaseException):
    """Ends the process, as far as the run knows."""


@pytest.mark.parametrize("moment", [1, 2, 4])
def test_killed_while_the_checkpoints_of_candidates_are_deleted(
    wholes: dict[str, Path], tmp_path: Path, moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, remove = [moment], shutil.rmtree

    def stop_at(path: Path, **how: bool) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KilledError
        remove(path, **how)

    with monkeypatch.context() as patch:
        patch.setattr("spikegraph.runs.trial.shutil.rmtree", stop_at)
        with pytest.raises(KilledError):
            train(tmp_path, "halving(4)")
    assert list((tmp_path / "run/trials").rglob("*.safetensors"))
    train(tmp_path, "halving(4)", resume=True)
    assert_same(tmp_path, wholes["halving(4)"])


def test_a_damaged_record_is_named_with_its_fix(wholes: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        train(tmp_path, "halving(4)", reporter=stop_after(26))
    path = tmp_path / "run/trials/0002/trial.json"
    path.write_text(path.read_text()[:-9])
    with pytest.raises(RunFolderError, match=re.escape(str(path))) as caught:
        train(tmp_path, "halving(4)", resume=True)
    assert caught.value.help == "delete the file; --resume trains the candidate again"
    path.unlink()
    train(tmp_path, "halving(4)", resume=True)
    assert_same(tmp_path, wholes["halving(4)"])


def test_what_a_search_leaves(wholes: dict[str, Path]) -> None:
    run = RunFolder(wholes["halving(4)"] / "run")
    cost, trials = run.read_summary().cost, read_trials(run)
    assert cost is not None
    # A quarter of a training each, another quarter for two, and the rest for the best one.
    assert [sorted(t.share for t in trials)] == [[0.25, 0.25, 0.5, 1.0]]
    assert (cost.candidates, cost.trainings) == (4, 2.0)
    assert cost.seconds == pytest.approx(sum(read_trial(run.trial(n).progress).seconds for n in range(1, 5)), abs=0.01)
    assert cost.chosen is not None
    chosen = run.trial(cost.chosen)
    assert trials[cost.chosen - 1].share == 1.0
    assert run.genotype.read_text().endswith(chosen.genotype.read_text().removeprefix("sdhs 1\n"))
    kept = [path.name for path in sorted(chosen.path.iterdir())]
    assert kept == ["genotype.sdhs", "metrics.jsonl", "summary.json", "trial.json"]
    assert sorted(path.name for path in run.trial(3 if cost.chosen != 3 else 4).path.iterdir())[0] == "genotype.sdhs"


def test_what_is_shown_of_the_candidates(wholes: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = wholes["halving(4)"] / "run"
    run, cost = RunFolder(folder), RunFolder(folder).read_summary().cost
    assert cost is not None
    assert spikegraph(["show", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("candidate"))
    assert lines[at].split("  ")[0] == "candidate"
    assert lines[at + 5].startswith("4 candidates, at the cost of 2 trainings, in ")
    (chosen,) = [line for line in lines[at + 1 : at + 5] if "(chosen)" in line]
    assert chosen.split()[:4] == [str(cost.chosen), "(chosen)", "100", "%"]
    point = read_trials(run)[(cost.chosen or 0) - 1].record.at(1.0)
    assert point is not None and point.training is not None and point.validation is not None
    assert chosen.split()[4:6] == [f"{point.training:.4g}", f"{-point.validation:.4g}"]
    nodes = [
        line.partition(" = ")[2].replace(" ", "").split("+") for line in run.genotype.read_text().splitlines() if " = " in line
    ]
    assert chosen.endswith(" plain: " + ", ".join(" ".join(terms) for terms in nodes))
    assert spikegraph(["show", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["cost"] == {"candidates": 4, "trainings": 2.0, "seconds": cost.seconds, "chosen": cost.chosen}
    assert [each["number"] for each in found["candidates"]] == [1, 2, 3, 4]
    text = str(section([Record.read(folder)]).html())
    assert "The search began 4 candidates, at the cost of 2 whole trainings, in " in text
    assert f'<th scope="row">{cost.chosen} (chosen)</th><td>100 %</td><td>{point.training:.4g}</td>' in text


def test_a_damaged_record_is_named_by_show_too(
    wholes: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(wholes["random(3)"] / "run", tmp_path / "run")
    path = tmp_path / "run/trials/0002/trial.json"
    path.write_text("{")
    assert spikegraph(["show", str(tmp_path / "run")]) == 3
    err = capsys.readouterr().err
    assert str(path) in err and "help: delete the file; --resume trains the candidate again" in err


def test_candidates_are_no_runs(wholes: dict[str, Path]) -> None:
    folder = wholes["random(3)"]
    assert find_runs(folder) == [folder / "run"]
    assert find_runs(folder / "run") == [folder / "run"]
    assert find_runs(folder / "run" / "trials") == []


def test_progress_names_the_candidate(tmp_path: Path) -> None:
    told = Told()
    train(tmp_path, "halving(2)", reporter=told)
    before = told.titles[: told.titles.index("test")]
    assert {re.sub(r"^(validation of )?(candidate [12]).*", r"\2", title) for title in before} == {"candidate 1", "candidate 2"}
    assert os.listdir(tmp_path / "run/trials")  # noqa: PTH208
