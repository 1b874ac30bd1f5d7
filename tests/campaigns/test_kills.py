"""A sample of the campaign `kills`: one kill at each kind of moment, and one of a random network."""

import pytest
from kills import case
from self_killing import PLACES


@pytest.mark.parametrize("seed", [*range(len(PLACES)), pytest.param(len(PLACES) + 2, marks=pytest.mark.slow)])
def test_a_killed_run_ends_with_the_bits_of_an_undisturbed_one(seed):
    outcome = case(seed)
    assert outcome.passed, outcome
