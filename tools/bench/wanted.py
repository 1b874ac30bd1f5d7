"""What a side of a row is to reach, as numbers of this project's goals."""

from dataclasses import dataclass
from typing import Literal

Bound = Literal["at least", "at most"]


@dataclass(frozen=True)
class Wanted:
    """A bound of a ratio, or of the side itself.

    Attributes:
        of: `ratio`: how many times as good as the reference; `limit`: how many times the limit; `value`: the median in the unit
            of the row; or the name of another side: how many times that.
        number: The bound: of a ratio the least, else the most.
    """

    of: str
    number: float

    @property
    def bound(self) -> Bound:
        """Whether more or less than the number is wanted."""
        return "at least" if self.of == "ratio" else "at most"

    def met(self, reached: float) -> bool:
        """Whether what was reached is within the bound."""
        return reached >= self.number if self.bound == "at least" else reached <= self.number

    def text(self, unit: str) -> str:
        """What the table says."""
        times = {"ratio": "times as good", "limit": "times the limit", "value": unit}.get(self.of, f"times {self.of}")
        return f"{self.bound} {self.number:.3g} {times}"
