"""Statistics of two samples, against published examples and numbers worked out by hand."""

from itertools import combinations

import numpy as np
import pytest

# Gosset's sleep data (Student 1908, Biometrika 6, table on page 20): additional hours of sleep with two drugs.
FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


@pytest.fixture(scope="module")
def samples(tool):
    """The module of the tool."""
    return tool("two_samples")


def test_welch_of_the_sleep_data(samples):
    """R prints t = -1.8608, df = 17.776, p-value = 0.07939 for the two-sided test of these data."""
    assert 2 * samples.welch(SECOND, FIRST) == pytest.approx(0.07939, abs=5e-6)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([4.0, 5.0, 6.0], [1.0, 2.0, 3.0], 1 / 20),  # the best of 20 orders of three and three
        ([4.0, 5.0, 3.0], [1.0, 2.0, 6.0], 7 / 20),  # three wins fewer: one of the seven orders that are as good or better
        ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0], 1.0),
        ([3.0, 4.0], [1.0, 2.0, 5.0], 4 / 10),
    ],
)
def test_mann_whitney_counts_orders(samples, a, b, expected):
    """Without ties, the p is the share of orders in which a wins at least as often, counted here one by one."""
    places = list(combinations(range(len(a) + len(b)), len(a)))
    wins = [sum(x > y for x in place for y in set(range(len(a) + len(b))) - set(place)) for place in places]
    own = sum(x > y for x in a for y in b)
    assert sum(w >= own for w in wins) / len(wins) == pytest.approx(expected)
    assert samples.mann_whitney(a, b) == pytest.approx(expected)


def test_spearman(samples):
    """1 - 6 sum d^2 / (n (n^2 - 1)) with the ranks 1 3 2 4 6 5, and ranks that are shared."""
    assert samples.spearman([1, 2, 3, 4, 5, 6], [1, 3, 2, 4, 7, 5]) == pytest.approx(1 - 6 * 4 / 210)
    assert samples.spearman([1, 2, 2, 4], [10, 20, 30, 40]) == pytest.approx(4.5 / np.sqrt(4.5 * 5))
    assert (samples.spearman([1, 2, 3], [9, 8, 7]), samples.spearman([1, 1, 1], [9, 8, 7])) == (-1.0, 0.0)
