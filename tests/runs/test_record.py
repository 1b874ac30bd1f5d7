"""Reading run folders."""

import json

import pytest

from spikegraph.runs.entries import DgsEntry, as_objects
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.journal import Journal
from spikegraph.runs.record import read_run
from spikegraph.runs.summary import Evaluation, Summary

ROUND = {
    "neuron": "stem",
    "place": "all stems",
    "b_before": 3.0,
    "b": 2.8,
    "candidates": [2.8, 3.0],
    "alpha": [0.6, 0.4],
    "gradient_norm": [1.0, 2.0],
    "loss": 1.0,
    "mixed_loss": 1.5,
    "iterations": 3,
}


@pytest.fixture
def folder(tmp_path, manifest):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return RunFolder(tmp_path)


@pytest.fixture
def searched(folder):
    """A run in the middle of its retraining."""
    with Journal(folder.metrics) as journal:
        journal.add("step", "search", 1, 4, lr=0.1, losses={"loss": 3.0})
        journal.add("epoch", "search", 1, 4, losses={"loss": 3.0}, architecture={"small.alpha": [[0.5, 0.25]]})
        journal.add("step", "retrain", 1, 4, lr=0.1, losses={"loss": 2.0}, gradient_norms={"stem": 1.0})
        journal.add("dgs", "retrain", 1, 7, **ROUND)
        journal.add("dgs", "retrain", 2, 7, **{**ROUND, "b_before": 2.8})
    return folder


def test_a_run_that_has_only_started(folder):
    run = read_run(folder.path)
    assert (run.complete, run.notes, run.summary.methods()) == (False, ("simulated events",), {})
    assert (run.genotype, run.resolved, run.examples, run.modified) == (None, None, None, None)
    assert (run.metrics, run.rates, run.snapshots, run.last, run.rounds) == ({}, {}, {}, {}, {})


def test_the_journal_by_kinds(searched):
    run = read_run(searched.path)
    assert [e.event for e in run.entries] == ["step", "epoch", "step", "dgs", "dgs"]
    assert [e.step for e in run.steps("search")] == [4]
    assert [e.alpha for e in run.search_epochs] == [{"small": ((0.5, 0.25),)}]
    assert run.epochs("retrain") == []
    assert {phase: entry.event for phase, entry in run.last.items()} == {"search": "epoch", "retrain": "step"}
    assert [e.b_before for e in run.rounds["stem"]] == [3.0, 2.8]
    assert run.modified == searched.metrics.stat().st_mtime


def test_entries_as_objects_are_the_lines_of_the_journal(searched):
    lines = [json.loads(line) for line in searched.metrics.read_text().splitlines()]
    assert json.loads(json.dumps(as_objects(read_run(searched.path).entries))) == lines
    assert any(isinstance(e, DgsEntry) for e in read_run(searched.path).entries)


def test_the_results_of_a_run_that_is_complete(folder):
    evaluation = Evaluation({"accuracy_percent": 90.0}, 40, 2.0, {"stem": 0.25})
    folder.write_summary(Summary(complete=True, evaluation=evaluation, notes=("found",)))
    folder.genotype.write_text("sdhs 1\n")
    run = read_run(folder.path)
    assert (run.complete, run.metrics, run.rates, run.notes) == (True, {"accuracy_percent": 90.0}, {"stem": 0.25}, ("found",))
    assert run.genotype == "sdhs 1\n"
