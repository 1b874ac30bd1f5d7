"""A sample of the campaign `bitflips`: damage at each place."""

import pytest
from bitflips import WHERE, case


@pytest.mark.parametrize("seed", [WHERE.index(place) for place in dict.fromkeys(WHERE)])
def test_damage_is_noticed_and_the_last_good_checkpoint_is_used(seed):
    outcome = case(seed)
    assert outcome.passed, outcome
