"""A network compared with the baselines."""

from spikegraph.analysis.verdict import Verdict, verdict


def test_higher_accuracy_is_better() -> None:
    baselines = {"majority class": {"accuracy_percent": 10.0}, "nearest mean": {"accuracy_percent": 67.1}}
    assert verdict({"accuracy_percent": 36.9}, baselines) == Verdict(
        "accuracy_percent", 36.9, {"majority class": 10.0}, {"nearest mean": 67.1}
    )


def test_lower_errors_are_better_and_a_tie_is_not() -> None:
    baselines = {"guess": {"mean_depth_error_cm": 20.0}, "matcher": {"mean_depth_error_cm": 12.0}, "other": {"x": 1.0}}
    found = verdict({"unknown": 1.0, "mean_depth_error_cm": 12.0}, baselines)
    assert found == Verdict("mean_depth_error_cm", 12.0, {"guess": 20.0}, {"matcher": 12.0})


def test_nothing_to_compare() -> None:
    assert verdict({}, {"guess": {"a": 1.0}}) is None
    assert verdict({"a": 1.0}, {}) is None
