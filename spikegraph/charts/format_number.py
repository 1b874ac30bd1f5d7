"""Formats numbers."""

import math


def number(value: float) -> str:
    """The number with four significant digits; from 1,000 on, rounded to an integer."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
