"""The section of the search: margins of its decisions."""

import json

from spikegraph.backends.report.record import Record
from spikegraph.backends.report.sections.search import section

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
