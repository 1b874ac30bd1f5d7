"""A sample of the campaign: one case of each kind."""

import pytest
from races import KINDS, case

SAMPLE = ("new folder", "folder of a killed run, --resume")
MARKS = [() if kind in SAMPLE else pytest.mark.long for kind in KINDS]


@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize("seed", [pytest.param(k, marks=MARKS[k]) for k in range(len(KINDS))], ids=KINDS)
def test_one_owner(seed):
    found = case(seed)
    assert (found.kind, found.detail) == (KINDS[seed], "")
