"""Numbers as text."""

import math


def number(value: float) -> str:
    """Four significant digits; whole from a thousand on."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
