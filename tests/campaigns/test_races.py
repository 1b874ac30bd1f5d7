"""A sample of the campaign: one case of each kind."""

import pytest
from races import KINDS, case


@pytest.mark.parametrize("seed", range(len(KINDS)), ids=KINDS)
def test_one_owner(seed):
    found = case(seed)
    assert (found.kind, found.detail) == (KINDS[seed], "")
