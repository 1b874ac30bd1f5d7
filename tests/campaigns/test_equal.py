"""A seeded sample of random networks in all ways of computing them, and what a failure prints."""

from collections import Counter

import equal
import pytest

KNOWN = {0: "bfloat16: the spike of neuron [1, 0] of `part0@use.a1` at step 3 of sample 2"}
"""Networks that are known to differ: in bfloat16, a threshold that adapts behind a layer norm, whose bound is too small."""


@pytest.mark.native
@pytest.mark.parametrize("part", range(4))
def test_all_ways_agree(part):
    found = {seed: equal.case(seed) for seed in range(4 * part, 4 * part + 4)}
    outcomes = found.values()
    assert [o.detail for seed, o in found.items() if not o.passed and seed not in KNOWN] == []
    for seed in KNOWN.keys() & found.keys():
        assert found[seed].detail.startswith(KNOWN[seed]), "it agrees now: take it out of the table"
    unknown, numbers = Counter(), Counter()
    for outcome in outcomes:
        for name in equal.EXACT:
            count, not_known, _ = outcome.counts.get(name, (0, 0, 0))
            numbers[name] += count
            unknown[name] += not_known
    assert unknown.total() <= equal.MOST_UNKNOWN * numbers.total()
