"""A sample of the campaign `kills`: one kill at each kind of moment."""

import pytest
from kills import case
from self_killing import PLACES


@pytest.mark.parametrize("seed", range(len(PLACES)))
def test_a_killed_run_ends_with_the_bits_of_an_undisturbed_one(seed):
    outcome = case(seed)
    assert outcome.passed, outcome
