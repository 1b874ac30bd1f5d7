"""A sample of the campaign `kills`: kills at some moments; with `--long` one at each kind of moment and of a random network."""

import pytest
from kills import case
from self_killing import PLACES

from ..sampled import sampled


@pytest.mark.parametrize("seed", [*sampled(range(len(PLACES)), 5), pytest.param(len(PLACES) + 2, marks=pytest.mark.long)])
def test_a_killed_run_ends_with_the_bits_of_an_undisturbed_one(seed):
    outcome = case(seed)
    assert outcome.passed, outcome
