"""Interleaved timing and the table of results."""

import importlib
import multiprocessing
import statistics
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes:
        what: The measured quantity.
        values: Values of each side's runs in `unit`; the first side is the reference.
        note: Remarks, such as shapes.
        wanted: Target ratio reference / side for each side.
        unit: Unit of the values.
    """

    what: str
    values: Mapping[str, Sequence[float]]
    note: str = ""
    wanted: Mapping[str, float] = field(default_factory=dict)
    unit: str = "s"

    @property
    def reference(self) -> str:
        """The name of the first side."""
        return next(iter(self.values))

    def ratio(self, side: str) -> float:
        """Median of the reference / median of the side: how many times as fast or as small the side is."""
        return statistics.median(self.values[self.reference]) / statistics.median(self.values[side])

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON values."""
        sides = {
            side: {"median": statistics.median(s), "min": min(s), "max": max(s), "ratio": self.ratio(side)}
            for side, s in self.values.items()
        }
        return {"what": self.what, "note": self.note, "unit": self.unit, "wanted": dict(self.wanted), "sides": sides}


@dataclass
class Side:
    """One of the compared ways: `run` is timed, `prepare` runs before it and isn't timed."""

    run: Callable[[], object]
    prepare: Callable[[], object] = field(default=lambda: None)


def peak_memory() -> float:
    """The peak memory of this process in MB."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def section(name: str, runs: int, threads: int) -> list[Row]:
    """The rows of a section, measured in a separate process so that sections don't affect each other's memory."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_rows, name, runs, threads).result()


def _rows(name: str, runs: int, threads: int) -> list[Row]:
    import torch

    warnings.simplefilter("ignore")
    torch.set_num_threads(threads)
    return importlib.import_module(name).rows(runs)


def compare(sides: Mapping[str, Side], runs: int, warm_up: int = 1) -> dict[str, list[float]]:
    """Seconds of each side's runs; the sides run in turn."""
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
    lines = ["| what | side | median | min to max | times as good | wanted |", "|---|---|---|---|---|---|"]
    for rows in sections.values():
        for row in rows:
            for side, s in row.values.items():
                wanted = f"{row.wanted[side]:g}" if side in row.wanted else ""
                spread = f"{min(s):.4g} to {max(s):.4g}"
                what = f"{row.what} ({row.note})" if row.note else row.what
                median = f"{statistics.median(s):.4g} {row.unit}"
                lines.append(f"| {what} | {side} | {median} | {spread} | {row.ratio(side):.2f} | {wanted} |")
    return "\n".join(lines)
