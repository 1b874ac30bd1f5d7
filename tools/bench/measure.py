"""Interleaved timing and its table."""

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
        what: What is measured.
        values: Per side its runs' seconds, or what `unit` says, the reference first.
        note: What a reader must know, such as shapes.
        wanted: Per side the ratio reference / side that is aimed at.
        unit: Of the values.
    """

    what: str
    values: Mapping[str, Sequence[float]]
    note: str = ""
    wanted: Mapping[str, float] = field(default_factory=dict)
    unit: str = "s"

    @property
    def reference(self) -> str:
        """The first side."""
        return next(iter(self.values))

    def ratio(self, side: str) -> float:
        """How many times the side's goes into the reference's, by medians: how many times as fast, or as small."""
        return statistics.median(self.values[self.reference]) / statistics.median(self.values[side])

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        sides = {
            side: {"median": statistics.median(s), "min": min(s), "max": max(s), "ratio": self.ratio(side)}
            for side, s in self.values.items()
        }
        return {"what": self.what, "note": self.note, "unit": self.unit, "wanted": dict(self.wanted), "sides": sides}


@dataclass
class Side:
    """One way of doing a thing: `run` is timed, `prepare` before it is not."""

    run: Callable[[], object]
    prepare: Callable[[], object] = field(default=lambda: None)


def peak_memory() -> float:
    """The most that this process has held, in MB; what the process that started it held doesn't count."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def section(name: str, runs: int, threads: int) -> list[Row]:
    """The rows of a section, measured in a process of its own: what one leaves in memory is nothing to the next."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_rows, name, runs, threads).result()


def _rows(name: str, runs: int, threads: int) -> list[Row]:
    import torch

    warnings.simplefilter("ignore")
    torch.set_num_threads(threads)
    return importlib.import_module(name).rows(runs)


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
