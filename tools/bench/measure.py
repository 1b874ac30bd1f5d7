"""Interleaved timing and its table."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes:
        what: What is measured.
        seconds: Per side its runs' seconds, the reference first.
        note: What a reader must know, such as shapes.
        wanted: The ratio reference / side that is aimed at, if one is.
    """

    what: str
    seconds: Mapping[str, Sequence[float]]
    note: str = ""
    wanted: float | None = None

    @property
    def reference(self) -> str:
        """The first side."""
        return next(iter(self.seconds))

    def ratio(self, side: str) -> float:
        """How many times as fast as the reference, by medians."""
        return statistics.median(self.seconds[self.reference]) / statistics.median(self.seconds[side])

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        sides = {
            side: {"median": statistics.median(s), "min": min(s), "max": max(s), "times_as_fast": self.ratio(side)}
            for side, s in self.seconds.items()
        }
        return {"what": self.what, "note": self.note, "wanted": self.wanted, "sides": sides}


@dataclass
class Side:
    """One way of doing a thing: `run` is timed, `prepare` before it is not."""

    run: Callable[[], object]
    prepare: Callable[[], object] = field(default=lambda: None)


def compare(sides: Mapping[str, Side], runs: int, warm_up: int = 1) -> dict[str, list[float]]:
    """Seconds of each run of each side, in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(warm_up + runs):
        for name, side in sides.items():
            side.prepare()
            begun = time.perf_counter()
            side.run()
            if number >= warm_up:
                seconds[name].append(time.perf_counter() - begun)
    return seconds


def markdown(sections: Mapping[str, Sequence[Row]]) -> str:
    """All rows as one table."""
    lines = ["| section | what | side | median s | min to max | times as fast | wanted |", "|---|---|---|---|---|---|---|"]
    for section, rows in sections.items():
        for row in rows:
            for side, s in row.seconds.items():
                wanted = f"{row.wanted:g}" if row.wanted is not None and side != row.reference else ""
                spread = f"{min(s):.4g} to {max(s):.4g}"
                what = f"{row.what} ({row.note})" if row.note else row.what
                median = f"{statistics.median(s):.4g}"
                lines.append(f"| {section} | {what} | {side} | {median} | {spread} | {row.ratio(side):.2f} | {wanted} |")
    return "\n".join(lines)
