"""What the page says of a search: margins of its decisions, and controls beside it."""

import json
from types import SimpleNamespace

from spikegraph.backends.report.record import Record
from spikegraph.backends.report.sections import results
from spikegraph.backends.report.sections.search import betas, section

from .made_runs import make


def test_margins_and_what_is_undecided(tmp_path):
    run = make(tmp_path / "run")
    text = str(section([Record.read(run)]).html())
    assert "undecided" not in text
    summary = json.loads((run / "summary.json").read_text())
    margins = {"feature.n0 = c3(prev)": 0.2, "feature_path[1] = 0": 0.0123}
    (run / "summary.json").write_text(json.dumps({**summary, "margins": margins}))
    text = str(section([Record.read(run)]).html())
    assert "1 of 2 decisions is undecided (margin below 0.05). A margin is a difference of probabilities." in text
    assert '<th scope="row">feature_path[1] = 0</th><td>0.012 undecided</td>' in text
    assert '<th scope="row">feature.n0 = c3(prev)</th><td>0.200</td>' in text


def test_only_positions_that_a_path_reaches_have_a_chart():
    """With `finest` 1 all paths begin with a move to level 1 and stay at it or below."""
    beta = [[[0.0] * 3] * 3] * 3
    run = SimpleNamespace(architecture=None, search_epochs=[SimpleNamespace(epoch=1, beta={"way": beta})])
    found = {chart.title: [line.label for line in chart.lines] for chart in betas(run, "way", finest=1)}
    assert found == {
        "layer 0, from level 0": ["coarser"],
        "layer 1, from level 1": ["same", "coarser"],
        "layer 2, from level 1": ["same", "coarser"],
        "layer 2, from level 2": ["finer", "same"],
    }


CONTROLS = {
    "asked": 3,
    "metric": "accuracy_percent",
    "values": [70.0, None, 74.0],
    "percentile": 66.7,
    "gain": 1.5,
    "interval": [-0.5, 3.5],
}


def test_controls(tmp_path):
    run = make(tmp_path / "run", "cifar10")
    text = str(results.section([Record.read(run)]).html())
    assert "Controls:" not in text
    summary = json.loads((run / "summary.json").read_text())
    summary["evaluation"]["metrics"] = {"accuracy_percent": 73.5}
    (run / "summary.json").write_text(json.dumps({**summary, "controls": CONTROLS}))
    text = str(results.section([Record.read(run)]).html())
    assert (
        "s accuracy, 73.5 %, is at percentile 67 among 3 random architectures (1 of them diverged), whose mean is "
        "72 %; gain over their mean +1.5 % [-0.5, +3.5], 95 % interval." in text
    )
    assert '<th scope="row">control 2</th><td class="n">–</td>' in text
    (run / "summary.json").write_text(json.dumps({**summary, "complete": False, "controls": {"asked": 3}}))
    assert "There will be 3 random architectures to compare with, which aren't all trained yet." in str(
        results.section([Record.read(run)]).html()
    ).replace("&#x27;", "'")
    (run / "summary.json").write_text(json.dumps({**summary, "controls": {"asked": 3}}))
    assert "The 3 random architectures can't be compared: the network has no metric on the test set" in str(
        results.section([Record.read(run)]).html()
    ).replace("&#x27;", "'")
