"""Loggers of runs: what they get, also when a run is stopped by one and resumed, and that they change no bit of it."""

import csv
import json

import pytest

import spikegraph
from spikegraph.base.errors import ArgumentError, TrainError
from spikegraph.runs.logger import Logger

from .bars import SPEC, Bars
from .same_run import assert_same_run, told

LARGE = "retrain.validate=0.25"
TRAIN, TEST = Bars(64, 0), Bars(16, 1)


class Kept(Logger):
    """Keeps what it gets, and fails at a step of the run."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.fail_at, self.calls, self.numbers = fail_at, [], []

    def begin(self, run):
        self.calls.append("begin")
        self.run = run

    def rewind(self, kept):
        self.calls.append("rewind")
        self.numbers = list(kept)

    def log(self, numbers):
        if numbers.total == self.fail_at:
            raise ZeroDivisionError("no more")
        self.numbers.append(numbers)

    def end(self, how):
        self.calls.append(how)


@pytest.fixture
def fit(tmp_path, one_thread):
    """Trains for two epochs of three steps, with a validation after each."""
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC)
    program = spikegraph.load(path, overrides=["retrain.epochs=2", LARGE])

    def fitted(out, **options):
        return spikegraph.fit(program, train=TRAIN, test=TEST, out=tmp_path / out, **options).path

    return fitted


def table(run):
    rows = csv.reader((run / "metrics.csv").read_text().splitlines())
    return [row[1:] for row in rows]


def journal_rows(run):
    """The rows that the lines of the journal amount to."""
    before, rows = 0, []
    for line in told(run):
        total = line["step"] if line["event"] == "evaluation" else before + line["step"]
        place = (line["phase"], line["epoch"], line["step"], total)
        named = {"evaluation": "test"}.get(line["event"], line["event"])
        metrics = line.get("metrics", {})
        first = metrics if named == "test" else line["losses"] | ({"lr": line["lr"]} if named == "step" else {})
        rows += [[named, *map(str, place), name, repr(value)] for name, value in first.items()]
        if named == "epoch":
            rows += [["validation", *map(str, place), name, repr(value)] for name, value in metrics.items()]
            before = total
    return rows


def test_what_loggers_get(fit, tmp_path):
    kept = Kept()
    run = fit("run", loggers=["csv", kept])
    assert (kept.calls, kept.run.folder, kept.run.manifest.seed) == (["begin", "complete"], run, 0)
    assert (kept.run.settings["retrain.epochs"], kept.run.settings["retrain.weights.lr"]) == (2, 0.02)
    assert table(run)[1:] == journal_rows(run)
    assert [(n.event, n.epoch, n.step, n.total) for n in kept.numbers] == [
        *(("step", 1, k, k) for k in (1, 2, 3)),
        *((event, 1, 3, 3) for event in ("epoch", "validation")),
        *(("step", 2, k, 3 + k) for k in (1, 2, 3)),
        *((event, 2, 3, 6) for event in ("epoch", "validation")),
        ("test", 1, 0, 0),
    ]
    assert json.loads((run / "manifest.json").read_text())["loggers"] == ["csv"]
    assert_same_run(fit("alone"), run)


@pytest.mark.in_python
def test_a_logger_that_fails_ends_the_run_and_resuming_repeats_nothing(fit, tmp_path):
    whole, failing = fit("whole", loggers=["csv"]), Kept(fail_at=5)
    with pytest.raises(TrainError) as caught:
        fit("run", loggers=["csv", failing])
    assert caught.value.summary == "the logger `Kept` raised ZeroDivisionError: no more"
    assert caught.value.help == "correct what it needs, and continue the run with resume=True"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert failing.calls == ["begin", "failed"]
    run, kept = tmp_path / "run", Kept()
    assert json.loads((run / "ended.json").read_text())["reason"] == caught.value.summary
    assert table(run) == table(whole)[: len(table(run))]
    assert table(run)[-1][:5] == ["step", "retrain", "2", "2", "5"]
    fit("run", resume=True, loggers=[kept])
    assert kept.calls == ["begin", "rewind", "rewind", "complete"]  # what the folder has, then without the fifth step
    assert table(run) == table(whole)
    assert [number for n in kept.numbers for number in n.values.values()] == [float(row[-1]) for row in table(whole)[1:]]
    assert_same_run(whole, run)


def test_a_logger_is_added_to_a_complete_run(fit):
    whole = fit("whole")
    assert not (whole / "metrics.csv").exists()
    fit("whole", resume=True, loggers="csv")
    assert table(whole)[1:] == journal_rows(whole)
    fit("whole", resume=True)
    assert json.loads((whole / "manifest.json").read_text())["loggers"] == ["csv"]


@pytest.mark.in_python
def test_what_is_no_logger_is_refused_before_anything_is_written(fit, tmp_path):
    with pytest.raises(ArgumentError) as caught:
        fit("run", loggers=["csvv"])
    assert caught.value.summary == "there is no logger `csvv`"
    assert caught.value.help == 'did you mean `csv`? (or load its plug-in: spikegraph.load_plugin("FILE.py"))'
    with pytest.raises(ArgumentError) as caught:
        fit("run", loggers=[print])
    assert caught.value.summary == (
        "`loggers` has <built-in function print>; it is a list of names of loggers and objects of "
        "`spikegraph.runs.logger.Logger`"
    )
    assert not (tmp_path / "run").exists()
