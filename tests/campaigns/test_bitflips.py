"""A sample of the campaign `bitflips`: damage at some places; with `--long` at each and in a random network's run."""

import pytest
from bitflips import WHERE, case

from ..sampled import sampled

SEEDS = [WHERE.index(place) for place in dict.fromkeys(WHERE)]


@pytest.mark.parametrize("seed", [*sampled(SEEDS, 3), pytest.param(len(WHERE), marks=pytest.mark.long)])
def test_damage_is_noticed_and_the_last_good_checkpoint_is_used(seed):
    outcome = case(seed)
    assert outcome.passed, outcome
