"""The command `show`: runs that are complete, in progress, killed or missing."""

import json
import os

import pytest

from spikegraph.cli.run_text import clock

STEPS = [
    {"time": 1.0, "event": "step", "phase": "search", "epoch": 1, "step": 1, "lr": 0.1, "losses": {"loss": 3.5}},
    {"time": 2.0, "event": "step", "phase": "search", "epoch": 2, "step": 4, "lr": 0.1, "losses": {"loss": 2.25}},
]
PHASE = {"epochs": 2, "steps": 1, "seconds": 65.2, "parameters": 10, "losses": {"loss": 1.5}}
SUMMARY = {
    "format_version": 1,
    "complete": True,
    "search": PHASE,
    "retrain": PHASE,
    "evaluation": {"metrics": {"mean_disparity_error_px": 2.5}, "samples": 40, "seconds": 3.0, "firing_rates": {}},
    "baselines": {"constant guess": {"mean_disparity_error_px": 7.75}},
    "notes": ["simulated events"],
}
GENOTYPE = "sdhs 1\n\npath feature_path = [1, 0]\n"


@pytest.fixture
def run(tmp_path, manifest):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def journal(run, lines, rest=""):
    (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + rest)


def test_a_run_that_is_over(spikegraph, run, manifest):
    journal(run, STEPS)
    (run / "summary.json").write_text(json.dumps(SUMMARY))
    (run / "genotype.sdhs").write_text(GENOTYPE)
    done = spikegraph("show", run)
    assert (done.status, done.err) == (0, "")
    for line in (
        "state     finished",
        "command   spikegraph compile specs/small.sdhs --train --set 'small.C = 12'",
        "note      simulated events",
        "search   done: 2 epochs, 1 step in 1 min 5 s, mean of the last epoch: loss 1.5",
        "path feature_path = [1, 0]",
        "network                             2.5",
        "constant guess                     7.75",
    ):
        assert line in done.out.splitlines()
    found = spikegraph("show", run, "--json").json
    assert (found["complete"], found["resume"]) == (True, None)
    assert found["manifest"] == manifest
    assert found["genotype"] == GENOTYPE
    assert found["last"] == {"search": STEPS[1]}
    phase = {**PHASE, "best_epoch": None, "validation": {}}
    assert found["phases"] == {"search": phase, "retrain": phase}
    assert found["methods"]["constant guess"] == {"mean_disparity_error_px": 7.75}
    assert found["samples"] == 40


def test_margins_of_the_search(spikegraph, run):
    journal(run, STEPS)
    margins = {"normal.n0 = c3(prev)": 0.2, "normal.n1 = skip(n0)": 0.01, "way[0] = 1": 0.0499}
    (run / "summary.json").write_text(json.dumps({**SUMMARY, "margins": margins}))
    lines = spikegraph("show", run).out.splitlines()
    at = lines.index("2 of 3 decisions are undecided (margin below 0.05)")
    assert [line.split(maxsplit=3) for line in lines[at + 2 : at + 4]] == [
        ["normal.n0", "=", "c3(prev)", "0.200"],
        ["normal.n1", "=", "skip(n0)", "0.010 undecided"],
    ]
    assert spikegraph("show", run, "--json").json["margins"] == margins


@pytest.mark.parametrize(
    ("controls", "line"),
    [
        (
            {"values": [3.0, 2.0, 2.5], "percentile": 50.0, "gain": -0.02, "interval": [-0.5, 0.25]},
            "controls: the network's mean disparity error, 2.5 px, is at percentile 50 among 3 random architectures, "
            "whose mean is 2.5 px; gain over their mean -0.02 px [-0.5, +0.25], 95 % interval",
        ),
        (
            {"values": [3.0], "percentile": 100.0, "gain": 0.5},
            "controls: the network's mean disparity error, 2.5 px, is at percentile 100 among 1 random architecture, "
            "whose mean is 3 px; gain over their mean +0.5 px",
        ),
        ({"values": [None, None], "percentile": 100.0}, "controls: none of 2 random architectures could be trained"),
        (
            {
                **{"values": [3.0, 2.0, 2.75], "percentile": 67.0, "gain": 0.083, "interval": [-1.6, 1.75]},
                **{"best": 3, "best_gain": 0.25, "best_interval": [-1.9, 2.4], "chosen_by": "validation"},
                "search_trainings": 5.25,
            },
            "controls: the network's mean disparity error, 2.5 px, is at percentile 67 among 3 random architectures, "
            "whose mean is 2.583 px; gain over their mean +0.083 px [-1.6, +1.75], 95 % interval; gain over the one that "
            "random search keeps, by its validation number 3 with 2.75 px, +0.25 px [-1.9, +2.4], 95 % interval; no evidence "
            "that the search is better than random search with so many trainings; the search cost 5.25 trainings, the random "
            "architectures only 3",
        ),
        (
            {
                **{"values": [9.0, 9.1], "percentile": 100.0, "gain": 6.55, "interval": [5.4, 7.7]},
                **{"best": 1, "best_gain": 6.5, "best_interval": [5.2, 7.8], "chosen_by": "training loss"},
                "test_deviation": 0.5,
            },
            "controls: the network's mean disparity error, 2.5 px, is at percentile 100 among 2 random architectures, "
            "whose mean is 9.05 px; gain over their mean +6.55 px [+5.4, +7.7], 95 % interval; gain over the one that random "
            "search keeps, by its training loss number 1 with 9 px, +6.5 px [+5.2, +7.8], 95 % interval; evidence that the "
            "search is better than random search with so many trainings; drawing the test set alone gives the network's value "
            "a standard deviation of 0.5",
        ),
        (
            {"metric": "", "asked": 0},
            "controls: as many random architectures as the search's cost buys were asked for, and aren't compared yet",
        ),
        ({"metric": "", "asked": 3}, "controls: 3 random architectures were asked for, and aren't compared yet"),
        (
            {"metric": ""},
            "controls: 3 random architectures can't be compared: "
            "the network has no metric on the test set that is a finite number",
        ),
    ],
)
def test_controls_beside_the_network(spikegraph, run, controls, line):
    journal(run, STEPS)
    given = {"asked": 3, "metric": "mean_disparity_error_px", **controls}
    (run / "summary.json").write_text(json.dumps({**SUMMARY, "controls": given, "complete": "yet" not in line}))
    assert line in spikegraph("show", run).out.splitlines()
    assert spikegraph("show", run, "--json").json["controls"] == {
        "values": [],
        "percentile": None,
        "gain": None,
        "interval": None,
        "best": None,
        "best_gain": None,
        "best_interval": None,
        "chosen_by": "",
        "test_deviation": None,
        "search_trainings": None,
        **given,
    }


def test_a_run_that_was_killed_amid_a_line(spikegraph, run):
    journal(run, STEPS, '{"time": 3.0, "event": "st')
    done = spikegraph("show", run)
    assert done.status == 0
    assert "state     lost: no process has it, and its end is not recorded; last journal entry" in done.out
    assert "search  epoch 2, step 4, mean of this epoch so far: loss 2.25" in done.out
    assert "not evaluated yet" in done.out
    assert f"continue  spikegraph compile --train --out {run} --resume" in done.out.splitlines()
    assert spikegraph("show", run, "--json").json["resume"] == f"spikegraph compile --train --out {run} --resume"


def test_a_run_that_has_not_started(spikegraph, run):
    done = spikegraph("show", run)
    assert "state     lost: no process has it, and its end is not recorded; no journal entry yet" in done.out.splitlines()
    assert "no training step yet" in done.out


def test_no_run(spikegraph, tmp_path):
    os.mkfifo(tmp_path / "of another program")  # what is in a folder without a manifest isn't looked at
    done = spikegraph("show", tmp_path)
    assert (done.status, done.out) == (2, "")
    assert done.err == f"error: {tmp_path} is not the folder of a run: it has no manifest.json\n"
    assert spikegraph("show", tmp_path / "nowhere").status == 2
    assert spikegraph("stats", tmp_path).status == 2


def test_a_damaged_journal(spikegraph, run):
    (run / "metrics.jsonl").write_text("no json\n" + json.dumps(STEPS[0]) + "\n")
    done = spikegraph("show", run)
    assert done.status == 3
    assert "metrics.jsonl, line 1: not valid JSON" in done.err


@pytest.mark.parametrize(("seconds", "text"), [(41.6, "42 s"), (185, "3 min 5 s"), (7450, "2 h 4 min")])
def test_times(seconds, text):
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("genotype", "why"), [(None, "nothing was searched: the spec leaves no choice"), (GENOTYPE, "the genotype was given")]
)
def test_a_run_without_a_search_says_so(spikegraph, run, genotype, why):
    (run / "summary.json").write_text(json.dumps({**SUMMARY, "search": None}))
    if genotype is not None:
        (run / "genotype.sdhs").write_text(genotype)
    assert f"search   none: {why}" in spikegraph("show", run).out.splitlines()
