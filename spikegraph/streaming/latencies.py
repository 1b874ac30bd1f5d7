"""Percentiles of any number of durations in constant memory."""

from __future__ import annotations

import math

import numpy as np

STEP = 1.01
"""From one bin to the next: so percentiles are exact to 1 %."""

LEAST_MS = 1e-3
BINS = 2400
"""Durations from `LEAST_MS` on, to about 6 hours."""


class Latencies:
    """Durations in milliseconds, as counts in bins of equal ratio.

    Attributes:
        count: How many there are.
        largest: The largest one.
    """

    def __init__(self) -> None:
        self.count, self.largest = 0, 0.0
        self._counts = np.zeros(BINS, np.int64)

    def add(self, milliseconds: float) -> None:
        """Adds one."""
        place = 0 if milliseconds <= LEAST_MS else min(BINS - 1, int(math.log(milliseconds / LEAST_MS) / math.log(STEP)) + 1)
        self._counts[place] += 1
        self.count, self.largest = self.count + 1, max(self.largest, milliseconds)

    def percentile(self, percent: float) -> float:
        """The duration below or at which so many percent are, to 1 %; 0 without any."""
        if not self.count:
            return 0.0
        place = int(np.searchsorted(np.cumsum(self._counts), math.ceil(self.count * percent / 100)))
        return min(self.largest, LEAST_MS * STEP ** max(place - 0.5, 0))
