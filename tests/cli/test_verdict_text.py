"""The end of a training: the result against the baselines, and the next command."""

import json

import pytest

from spikegraph.analysis.verdict_text import verdict_text
from spikegraph.runs.record import read_run

PHASE = {"epochs": 5, "steps": 10, "seconds": 1.0, "parameters": 10, "losses": {"loss": 1.5}}
BASELINES = {"majority class": {"accuracy_percent": 10.0}, "nearest mean": {"accuracy_percent": 67.1}}


@pytest.fixture
def finished(tmp_path, manifest, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)

    def make(accuracy, *command, search=None, cost=None, controls=None, resolved=None):
        folder = tmp_path / "run"
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps(manifest | {"command": ["spikegraph", *command] if command else []}))
        evaluation = {"metrics": {"accuracy_percent": accuracy}, "samples": 40, "seconds": 3.0, "firing_rates": {}}
        summary = {
            "complete": True,
            "search": search,
            "cost": cost,
            "controls": controls,
            "retrain": PHASE,
            "evaluation": evaluation,
            "baselines": BASELINES,
        }
        (folder / "summary.json").write_text(json.dumps({"format_version": 1, "notes": [], **summary}))
        if search is not None or cost is not None:
            (folder / "genotype.sdhs").write_text("sdhs 1\n")
        if resolved is not None:
            (folder / "resolved.sdhs").write_text(resolved)
        return folder

    return make


def test_a_network_that_is_worse_than_a_baseline(finished):
    run = finished(36.9, "compile", "net.sdhs", "--train", "--out", "run", "--resume", "--set", "retrain.epochs = 5")
    assert verdict_text(read_run(run)) == (
        "result: the network's accuracy, 36.9 %, is not better than the baseline nearest mean (67.1 %), "
        "though better than majority class (10 %)\n"
        "next: train 4 times as long:\n  spikegraph compile net.sdhs --train --set retrain.epochs=20\n"
    )


COST = {"candidates": 4, "trainings": 2.0, "seconds": 1.0, "chosen": 2}


@pytest.mark.parametrize("how", [{"search": PHASE}, {"cost": COST}], ids=["supernet", "candidates"])
def test_the_genotype_of_a_search_is_kept(finished, how):
    run = finished(5.0, "compile", "net.sdhs", "--train", "--out=run", "--set=net.C = 4", **how)
    assert verdict_text(read_run(run)) == (
        "result: the network's accuracy, 5 %, is not better than the baselines majority class (10 %) and "
        "nearest mean (67.1 %)\n"
        "next: train 4 times as long:\n"
        f"  spikegraph compile net.sdhs --train --set 'net.C = 4' --genotype {run}/genotype.sdhs --set retrain.epochs=20\n"
    )


def test_as_many_controls_as_the_search_bought(finished):
    """With its genotype the longer run has no search, whose cost could say how many."""
    run = finished(5.0, "compile", "net.sdhs", "--train", "--control", "random", cost=COST, controls={"asked": 3})
    assert "spikegraph compile net.sdhs --train --control random:3 --genotype " in verdict_text(read_run(run))


RESOLVED = """sdhs 1
network net { input x : real[1, 4, 4]  output y = x -> pool -> linear(2) }
dataset images { source = mnist }
retrain net on images {
  epochs = EPOCHS  stems = relu  batch = 4  weights = sgd(lr = 0.05)  loss = cross_entropy(y)  validate = 0.1  patience = 2
}
"""


@pytest.mark.parametrize(("epochs", "after"), [(30, "see whether the loss still falls"), (5, "train 4 times as long")])
def test_more_epochs_are_no_help_where_patience_ended_the_training(finished, epochs, after):
    run = finished(5.0, "compile", "net.sdhs", "--train", resolved=RESOLVED.replace("EPOCHS", str(epochs)))
    assert f"next: {after}:\n" in verdict_text(read_run(run))


def test_a_network_that_is_better_than_all(finished):
    run = finished(87.25, "compile", "net.sdhs", "--train")
    assert verdict_text(read_run(run)) == (
        "result: the network's accuracy, 87.25 %, is better than majority class (10 %) and nearest mean (67.1 %)\n"
        f"next: see where it errs:\n  spikegraph report {run} -o report.html\n"
    )


@pytest.mark.parametrize("command", [(), ("pretrain", "images"), ("rerun", "first")], ids=" ".join)
def test_a_run_without_a_command_that_takes_more_epochs(finished, command):
    run = finished(36.9, *command)
    assert f"next: see whether the loss still falls:\n  spikegraph report {run}" in verdict_text(read_run(run))


def test_show_has_it_too(spikegraph, finished):
    assert "result: the network's accuracy, 36.9 %," in spikegraph("show", finished(36.9, "compile", "a.sdhs")).out
