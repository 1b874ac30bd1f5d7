"""A sample of the campaign `faults`: one fault of each kind, and with `--long` one of a random network."""

import pytest
from faults import FAULTS, case


@pytest.mark.parametrize("seed", [*range(len(FAULTS)), pytest.param(len(FAULTS), marks=pytest.mark.long)])
def test_a_fault_is_named_and_the_run_continues(seed):
    outcome = case(seed)
    assert outcome.passed, outcome
