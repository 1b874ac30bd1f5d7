"""A seeded sample of random networks in all ways of computing them, and what a failure prints."""

from collections import Counter

import equal
import pytest


@pytest.mark.native
@pytest.mark.parametrize("part", range(4))
def test_all_ways_agree(part):
    outcomes = [equal.case(seed) for seed in range(4 * part, 4 * part + 4)]
    assert [outcome.detail for outcome in outcomes if not outcome.passed] == []
    unknown, numbers = Counter(), Counter()
    for outcome in outcomes:
        for name in equal.EXACT:
            count, not_known, _ = outcome.counts.get(name, (0, 0, 0))
            numbers[name] += count
            unknown[name] += not_known
    assert unknown.total() <= equal.MOST_UNKNOWN * numbers.total()
