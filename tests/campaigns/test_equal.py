"""A seeded sample of random networks in all ways of computing them, and what a failure prints."""

from collections import Counter

import equal
import pytest
from ways import GENERATED, PLAIN, WAYS


@pytest.mark.native
@pytest.mark.parametrize("part", [0, 1, pytest.param(2, marks=pytest.mark.long), 3])
def test_all_ways_agree(part):
    outcomes = [equal.case(seed, WAYS) for seed in range(4 * part, 4 * part + 4)]
    assert [outcome.detail for outcome in outcomes if not outcome.passed] == []
    unknown, numbers = Counter(), Counter()
    for outcome in outcomes:
        for name in equal.EXACT:
            count, not_known, _ = outcome.counts.get(name, (0, 0, 0))
            numbers[name] += count
            unknown[name] += not_known
    assert unknown.total() <= equal.MOST_UNKNOWN * numbers.total()


@pytest.mark.native
def test_generated_kernels_agree():
    """A network with one shape of equations, since each is compiled; the campaign runs them with all networks."""
    outcome = equal.case(0, (PLAIN, GENERATED))
    assert outcome.passed, outcome.detail
    values, gradients = (outcome.counts[name][0] for name in (GENERATED.name, GENERATED.of_gradients))
    assert values > 1000
    assert gradients > 100
