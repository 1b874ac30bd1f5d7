"""Ranges and ticks of axes."""

import math

import pytest

from spikegraph.charts.axes import spread, ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-3, 47, [0, 10, 20, 30, 40]),
        (2.58, 3.02, [2.6, 2.7, 2.8, 2.9, 3.0]),
        (0, 1e-5, None),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float] | None) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 7
    assert all(low - 1e-9 <= t <= high + 1e-9 for t in found)
    if expected is not None:
        assert found == pytest.approx(expected)


def test_a_range_of_one_value_and_of_none() -> None:
    assert spread([3.0, 3.0], 0.1) == pytest.approx((2.7, 3.3))
    assert spread([0.0], 0.1) == (-1.0, 1.0)
    assert spread([math.inf], 0.1) == (0.0, 1.0)
