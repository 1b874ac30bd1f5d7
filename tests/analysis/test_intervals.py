"""Intervals of metrics, against published and tabulated numbers."""

import pytest

from spikegraph.analysis.intervals import of_mean, of_share


@pytest.mark.parametrize(
    ("percent", "samples", "low", "high"),
    [
        (80, 10, 49.02, 94.33),  # 8 of 10
        (100 * 81 / 263, 263, 25.53, 36.62),  # Newcombe, Statistics in Medicine 17 (1998), table I
        (100 * 15 / 148, 148, 6.24, 16.05),  # likewise
        (0, 20, 0, 16.11),  # likewise
        (100, 29, 88.30, 100),  # 1 - 0 of 29, likewise
    ],
)
def test_shares(percent: float, samples: int, low: float, high: float) -> None:
    assert of_share(percent, samples) == pytest.approx((low, high), abs=0.006)


def test_means() -> None:
    """The quantiles are those of tables of Student's t: 4.303 for 2 degrees of freedom, 2.776 for 4."""
    assert of_mean([70.0, 74.0, 81.0]) == pytest.approx((75 - 4.303 * (31 / 3) ** 0.5, 75 + 4.303 * (31 / 3) ** 0.5), abs=2e-3)
    assert of_mean([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx((3 - 2.776 * 0.5**0.5, 3 + 2.776 * 0.5**0.5), abs=1e-3)
    assert of_mean([3.0, 3.0]) == (3.0, 3.0)
    assert of_mean([3.0]) is None
