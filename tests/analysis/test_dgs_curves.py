"""The charts of a surrogate search."""

from typing import Any

import pytest

from spikegraph.analysis.dgs_curves import gradient_chart, temperature_chart
from spikegraph.runs.entries import DgsEntry, Entry, EpochEntry, StepEntry


def epoch(number: int, b: float, norm: float) -> Entry:
    found = {"temperatures": {"stem": b}, "gradient_norms": {"stem": norm}, "losses": {}}
    return EpochEntry(time=1.0, event="epoch", phase="retrain", epoch=number, step=1, **found)


STEP = StepEntry(time=1.0, event="step", phase="retrain", epoch=1, step=1, lr=0.1, losses={}, gradient_norms={"stem": 9.0})
ROUND = DgsEntry(
    time=1.0,
    event="dgs",
    phase="retrain",
    epoch=1,
    step=2,
    neuron="stem",
    place="stem",
    b_before=3.0,
    b=2.6,
    candidates=(2.6, 3.0),
    alpha=(0.6, 0.4),
    gradient_norm=(1.0, 1.0),
    loss=1.0,
    mixed_loss=1.0,
    iterations=1,
)
SEARCHED = [STEP, ROUND, epoch(1, 2.6, 4.0), epoch(2, 2.6, 5.0)]
FIXED = [epoch(e, 3.0, 2.0 / e) for e in (1, 2)]


def test_the_temperatures_path_begins_before_the_first_round() -> None:
    chart = temperature_chart({"with": SEARCHED, "without": FIXED, "other": []}, "stem")
    assert [(c.label, c.css, list(c.points)) for c in chart.lines] == [
        ("with", "s0", [(0.0, 3.0), (1.0, 2.6), (2.0, 2.6)]),
        ("without", "s1", [(0.0, 3.0), (1.0, 3.0), (2.0, 3.0)]),
    ]
    assert chart.steps


def test_the_gradient_with_and_without_the_search() -> None:
    chart = gradient_chart({"with": SEARCHED, "without": FIXED}, "stem")
    assert [list(c.points) for c in chart.lines] == [[(1.0, 4.0), (2.0, 5.0)], [(1.0, 2.0), (2.0, 1.0)]]


@pytest.mark.parametrize("make", [temperature_chart, gradient_chart])
def test_a_neuron_that_no_run_has(make: Any) -> None:
    with pytest.raises(ValueError, match="no run has `dgs at` the neuron stem7"):
        make({"with": SEARCHED}, "stem7")
