"""The candidates of a search: their order, and their rows in a table."""

from pathlib import Path

import pytest

from spikegraph.runs.folder import RunFolder
from spikegraph.runs.trial import Trial, TrialPoint, TrialRecord, read_trials
from spikegraph.runs.trial_table import rows


def test_they_are_read_by_number(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    for name in ("10000", "9999", "0007", "0100", "x"):
        (run.trials / name).mkdir(parents=True)
    assert [trial.number for trial in read_trials(run)] == [7, 100, 9999, 10000]


@pytest.mark.parametrize(
    ("stored", "higher", "shown"),
    [(-87.5, True, "87.5"), (3.25, True, "-3.25"), (0.75, False, "0.75"), (-4.0, False, "-4"), (-87.5, None, "87.5")],
)
def test_a_validation_is_shown_as_measured(stored: float, higher: bool | None, shown: str) -> None:
    """Stored is the metric itself, or its negative where higher is better; of older versions it isn't known which."""
    trial = Trial(3, None, TrialRecord((TrialPoint(0.25, 0.5, 1.0), TrialPoint(1.0, 0.125, stored, higher=higher))))
    assert rows([trial], ["c3"], 3) == [("3 (chosen)", "100 %", "0.125", shown, "c3")]
