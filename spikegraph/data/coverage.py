"""How much of some truths is known, and between which numbers it lies."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass
class Coverage:
    """The truths that were seen.

    Attributes:
        shares: The share of the pixels of each that have a value.
        smallest: The smallest value; None if there is none.
        largest: The largest, likewise.
    """

    shares: list[float] = field(default_factory=list[float])
    smallest: float | None = None
    largest: float | None = None

    def add(self, values: NDArray[np.floating] | NDArray[np.integer], pixels: int) -> None:
        """Adds a truth: its values that are known, and the number of its pixels."""
        self.shares.append(values.size / pixels)
        if values.size:
            low, high = float(values.min()), float(values.max())
            self.smallest = low if self.smallest is None else min(self.smallest, low)
            self.largest = high if self.largest is None else max(self.largest, high)

    @property
    def percent(self) -> float:
        """The mean share of the pixels."""
        return 100 * float(np.mean(self.shares))
