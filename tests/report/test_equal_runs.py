"""Runs with the same settings and the same result: three equal values tell nothing of how much results vary."""

from types import SimpleNamespace as Made

from spikegraph.backends.report.sections.verdict import of_runs
from spikegraph.runs.spread import spread

METRIC = "accuracy_percent"


def verdict(*values: float) -> str:
    """What is said of finished runs with these accuracies."""
    summary = Made(baselines={"majority class": {METRIC: 60.0}})
    runs = [Made(finished=True, run=Made(metrics={METRIC: value}, summary=summary)) for value in values]
    point = Made(spreads={METRIC: spread(values)}, runs=runs, spec="net.sdhs", settings={})
    return str(of_runs(Made(metrics=[METRIC], points=[point], directions={})))  # type: ignore[arg-type]


def test_equal_results_have_no_interval_and_are_no_evidence() -> None:
    assert "95 % interval" in verdict(70.4, 70.5, 70.6)
    assert "Better than majority class (60 %)." in verdict(70.4, 70.5, 70.6)
    equal = verdict(70.4, 70.4, 70.4)
    assert "over 3 runs." in equal
    assert "interval" not in equal
    assert "etter than" not in equal
