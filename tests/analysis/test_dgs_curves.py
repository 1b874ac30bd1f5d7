"""The charts of a surrogate search."""

from typing import Any

import pytest

from spikegraph.analysis.dgs_curves import gradient_chart, temperature_chart


def entry(event: str, epoch: int, **data: Any) -> dict[str, Any]:
    return {"event": event, "phase": "retrain", "epoch": epoch, **data}


SEARCHED = [
    entry("step", 1, gradient_norms={"stem": 9.0}),
    entry("dgs", 1, neuron="stem", b_before=3.0, b=2.6),
    entry("epoch", 1, temperatures={"stem": 2.6}, gradient_norms={"stem": 4.0}),
    entry("epoch", 2, temperatures={"stem": 2.6}, gradient_norms={"stem": 5.0}),
]
FIXED = [entry("epoch", e, temperatures={"stem": 3.0}, gradient_norms={"stem": 2.0 / e}) for e in (1, 2)]


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
