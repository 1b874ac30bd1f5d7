"""A network compared with the baselines."""

import pytest

from spikegraph.analysis.verdict import Verdict, verdict

BASELINES = {"majority class": {"accuracy_percent": 10.0}, "nearest mean": {"accuracy_percent": 67.1}}
SURE = "is better than majority class (10 %) and nearest mean (67.1 %)"
WORSE = "is not better than the baseline nearest mean (67.1 %)"
SENTENCES = {
    # The Wilson intervals of 69.2 %: 66.27 to 71.98 of 1,000 samples, 68.29 to 70.10 of 10,000.
    (69.2, 1000): "is better than majority class (10 %), with no evidence of a difference from nearest mean (67.1 %)",
    (69.2, 10_000): SURE,
    (69.2, 0): SURE,
    (12.0, 50): f"{WORSE}, with no evidence of a difference from majority class (10 %)",
    (12.0, 10_000): f"{WORSE}, though better than majority class (10 %)",
    (67.0, 1000): f"{WORSE}, though better than majority class (10 %)",
}


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


@pytest.mark.parametrize(("accuracy", "samples"), SENTENCES)
def test_a_sentence_claims_no_more_than_its_interval(accuracy: float, samples: int) -> None:
    found = verdict({"accuracy_percent": accuracy}, BASELINES, samples)
    assert found is not None
    assert found.sentence == f"the network's accuracy, {accuracy:g} %, {SENTENCES[accuracy, samples]}"


def test_a_network_that_may_be_better_than_the_only_baseline() -> None:
    found = verdict({"accuracy_percent": 12.0}, {"majority class": {"accuracy_percent": 10.0}}, 50)
    assert found is not None
    assert found.sentence == "the network's accuracy, 12 %, gives no evidence of a difference from majority class (10 %)"


def test_only_an_accuracy_is_a_share_of_the_samples() -> None:
    found = verdict({"mean_depth_error_cm": 12.0}, {"guess": {"mean_depth_error_cm": 12.1}}, 4)
    assert found == Verdict("mean_depth_error_cm", 12.0, {"guess": 12.1}, {})
