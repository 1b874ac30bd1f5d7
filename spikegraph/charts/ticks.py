"""Round numbers along an axis, and the range of values that an axis shows."""

import math
import sys
from collections.abc import Iterator, Sequence
from itertools import count, pairwise

DIGITS = 12
ROUNDING = 10.0**-DIGITS
"""The largest relative difference of numbers that are one."""


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most `most` round numbers from `low` to `high`, with a step of 1, 2 or 5 times a power of ten."""
    span = high - low
    if math.isinf(span):
        return [2 * value for value in ticks(low / 2, high / 2, most)]
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * m for m in (1, 2, 5, 10, 20) if span / (power * m) <= most - 1)
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def whole_steps() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50 and so on."""
    return (m * 10**power for power in count() for m in (1, 2, 5))


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most `most` round numbers from `low` to `high`, both positive, for a logarithmic axis.

    1, 2 and 5 times powers of ten; powers of ten alone, or every second, third, ... of them, if those are too many; evenly
    spaced numbers if the range is too narrow for two of them.
    """
    powers = range(math.floor(math.log10(low)), min(math.ceil(math.log10(high)), sys.float_info.max_10_exp) + 1)
    edges = low * (1 - 1e-9), min(high * (1 + 1e-9), sys.float_info.max)
    fine = [m * 10.0**k for k in powers for m in (1, 2, 5)]
    coarse = ([10.0**k for k in powers if k % every == 0] for every in range(1, len(powers) + 1))
    for values in (fine, *coarse):
        found = [v for v in values if edges[0] <= v <= edges[1]]
        if len(found) <= most:
            return found if len(found) > 1 else ticks(low, high, most)
    return ticks(low, high, most)


def texts(values: Sequence[float]) -> list[str]:
    """Numbers at an axis in ascending order, with six significant digits, or with more where neighbours differ in those."""
    gaps = [abs(b - a) for a, b in pairwise(values)]
    room = [1e-3 * min(gaps[max(k - 1, 0) : k + 1], default=math.inf) for k in range(len(values))]
    for digits in range(6, 18):
        found = [f"{value:.{digits}g}" for value in values]
        if all(abs(float(text) - value) <= near for text, value, near in zip(found, values, room, strict=True)):
            return found
    return [repr(value) for value in values]


def share(value: float, low: float, high: float) -> float:
    """Where a value is from `low` to `high`, 0 at the first one and 1 at the second one; also if their difference overflows."""
    if math.isinf(high - low):
        value, low, high = (v / 2 for v in (value, low, high))
    return (value - low) / (high - low)


def spread(values: Sequence[float], pad: float) -> tuple[float, float]:
    """The range of the finite values with a margin on both sides; 0 to 1 if no value is finite."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    low = high if high - low <= ROUNDING * max(abs(low), abs(high)) else low
    room = 2 * ((high / 2 - low / 2) * pad) or abs(high) * 0.1 or 1.0  # halves, as the difference may overflow
    most = sys.float_info.max
    return max(low - room, -most), min(high + room, most)


def log_spread(values: Sequence[float], pad: float) -> tuple[float, float]:
    """The range of the positive values with margins that look equal on a logarithmic axis; 1 to 10 if none is positive."""
    low, high = spread([round(math.log10(v), DIGITS) for v in values if 0 < v < math.inf], pad)
    return max(10**low, math.ulp(0.0)), 10**high if high < sys.float_info.max_10_exp else sys.float_info.max
