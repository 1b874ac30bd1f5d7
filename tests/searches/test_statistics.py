"""Percentiles, intervals and tests, against numbers computed by hand."""

from itertools import combinations

import numpy as np
import pytest

from spikegraph.searches.statistics import Interval, bootstrap, mann_whitney, paired, percentile, spearman, welch


def test_percentiles_count_equal_values_half():
    assert percentile(3.0, [1.0, 2.0, 3.0, 4.0]) == 62.5
    assert percentile(0.0, [1.0, 2.0]) == 0.0
    assert percentile(9.0, [1.0, 2.0]) == 100.0


def test_the_interval_of_a_mean_has_the_normal_width():
    values = np.random.default_rng(0).standard_normal(400)
    found = bootstrap(list(values))
    half = 1.96 * values.std() / 20
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1 * half)
    assert str(Interval(1.234, 0.5, 2.0)) == "1.23 [0.50, 2.00]"


def test_paired_differences_remove_what_pairs_share():
    shared = np.random.default_rng(1).standard_normal(50) * 100
    found = paired(list(shared + 1.0), list(shared))
    assert (found.value, found.low, found.high) == pytest.approx((1.0, 1.0, 1.0))


def test_mann_whitney_is_the_share_of_orders():
    a, b = [5.0, 7.0, 8.0, 9.0], [1.0, 2.0, 6.0]
    wins = sum(x > y for x in a for y in b)
    ranks = range(7)
    # Every choice of ranks for a is equally likely under the hypothesis.
    sums = [sum(sum(r > s for s in ranks if s not in chosen) for r in chosen) for chosen in combinations(ranks, 4)]
    assert mann_whitney(a, b) == pytest.approx(np.mean([s >= wins for s in sums]))


def test_welch_is_one_sided():
    a, b = [3.0, 4.0, 5.0], [1.0, 2.0, 2.5, 3.0]
    assert welch(a, b) < 0.05
    assert welch(a, b) + welch(b, a) == pytest.approx(1.0)


def test_rank_correlation():
    assert spearman([1.0, 2.0, 3.0], [10.0, 20.0, 15.0]) == pytest.approx(0.5)
    assert spearman([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]) == 0.0
