"""Ranges of numbers, with open or closed ends, and what functions make of them."""

import math
from collections.abc import Callable

from spikegraph.base.record import record

_End = tuple[float, bool]
"""A number, and whether it isn't part of the range."""


@record
class Interval:
    """All numbers from `low` to `high`; an open end, as every infinite one, isn't among them."""

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False

    def __contains__(self, value: float) -> bool:
        """Whether a number is in the range."""
        above = self.low < value if self.open_low or math.isinf(self.low) else self.low <= value
        return above and (value < self.high if self.open_high or math.isinf(self.high) else value <= self.high)

    @property
    def bounded(self) -> bool:
        """Whether it has both ends."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def positive(self) -> bool:
        """Whether all of it lies above 0."""
        return self.low >= 0 and 0 not in self

    def __str__(self) -> str:
        """`[0, inf)`."""
        start = "(" if self.open_low or math.isinf(self.low) else "["
        end = ")" if self.open_high or math.isinf(self.high) else "]"
        return f"{start}{self.low:g}, {self.high:g}{end}"

    @property
    def ends(self) -> tuple[_End, _End]:
        """Both ends."""
        return (self.low, self.open_low or math.isinf(self.low)), (self.high, self.open_high or math.isinf(self.high))

    @classmethod
    def of(cls, *ends: _End) -> "Interval":
        """The least range with these ends; of equal ones the closed one counts."""
        low, high = min(ends), min((-value, is_open) for value, is_open in ends)
        return cls(low[0], -high[0], low[1], high[1])

    def __neg__(self) -> "Interval":
        """The range of -x."""
        return Interval(-self.high, -self.low, self.open_high, self.open_low)

    def __add__(self, other: "Interval") -> "Interval":
        """The range of x + y."""
        (a, b), (c, d) = self.ends, other.ends
        low, high = a[0] + c[0], b[0] + d[0]
        if math.isnan(low) or math.isnan(high):  # of numbers that are too large
            return Interval()
        return Interval(low, high, a[1] or c[1], b[1] or d[1])

    def __sub__(self, other: "Interval") -> "Interval":
        """The range of x - y."""
        return self + -other

    def __mul__(self, other: "Interval") -> "Interval":
        """The range of x * y."""
        return Interval.of(*(_product(a, b) for a in self.ends for b in other.ends))

    def __truediv__(self, other: "Interval") -> "Interval":
        """The range of x / y, where y is never 0."""
        if 0 in other:
            return Interval()
        return self * Interval.of(*(_inverse(end, positive=other.high > 0) for end in other.ends))

    def __or__(self, other: "Interval") -> "Interval":
        """The least range that holds both."""
        return Interval.of(*self.ends, *other.ends)

    def through(self, function: Callable[[float], float]) -> "Interval":
        """The range of a function that never falls."""
        (low, open_low), (high, open_high) = self.ends
        return Interval(function(low), function(high), open_low, open_high)


def _product(a: _End, b: _End) -> _End:
    if a == (0, False) or b == (0, False):
        return 0.0, False
    return (0.0 if 0 in (a[0], b[0]) else a[0] * b[0]), a[1] or b[1]


def _inverse(end: _End, *, positive: bool) -> _End:
    value, is_open = end
    if value == 0:
        return (math.inf if positive else -math.inf), True
    return (0.0, True) if math.isinf(value) else (1 / value, is_open)
