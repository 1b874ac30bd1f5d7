"""Formats numbers."""

import math


def number(value: float) -> str:
    """The number with four significant digits; from 1,000 to 10^16 rounded to an integer."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e16 else f"{value:.4g}"


def with_deviation(mean: float, deviation: float | None) -> str:
    """A mean and its standard deviation, if it has one: `91.2 ± 0.4`."""
    return number(mean) if deviation is None else f"{number(mean)} ± {deviation:.2g}"
