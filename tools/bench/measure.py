"""Interleaved timing: the sides of a row, and the other library's best mode for each of them."""

import importlib
import multiprocessing
import signal
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Literal

from wanted import Wanted

Precision = Literal["float32", "bf16"]
WARM_UP = 2
"""Calls of each side before those that are measured."""


@dataclass(frozen=True)
class Settings:
    """The options of a run of the benchmark.

    Attributes:
        runs: Measured runs of each side.
        threads: Threads of each side.
        bf16: Also measure the sides in bfloat16.
        first_call: Seconds that the first call of another library's mode may take, compilation included.
    """

    runs: int = 5
    threads: int = 2
    bf16: bool = True
    first_call: float = 240.0

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """The precisions to measure."""
        return ("float32", "bf16") if self.bf16 else ("float32",)


@dataclass
class Side:
    """One of the compared ways.

    Attributes:
        run: What is timed.
        prepare: Runs before it and isn't timed.
        precision: Precision of the convolutions.
        less: Seconds of its last run that don't count.
        peer: True for a mode of another library. One that fails is left out with a notice; the best one of a precision is the
            reference of all other sides of this precision.
    """

    run: Callable[[], object]
    prepare: Callable[[], object] = field(default=lambda: None)
    precision: Precision = "float32"
    less: Callable[[], float] = field(default=lambda: 0.0)
    peer: bool = False


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes:
        what: The measured quantity.
        values: Values of each side's runs in `unit`.
        note: Remarks, such as shapes.
        wanted: What sides are to reach.
        unit: Unit of the values.
        references: The reference of each side; the first side for the ones that aren't in it.
        notices: The sides that were left out, and why.
        limits: The sides that limit each side: their sum is what no program can be faster than. Others have no limit.
    """

    what: str
    values: Mapping[str, Sequence[float]]
    note: str = ""
    wanted: Mapping[str, Wanted] = field(default_factory=dict)
    unit: str = "s"
    references: Mapping[str, str] = field(default_factory=dict)
    notices: Sequence[str] = ()
    limits: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def reference(self, side: str) -> str:
        """The side that this one is compared with."""
        return self.references.get(side) or next(iter(self.values))

    def ratio(self, side: str) -> float:
        """Median of the reference / median of the side: how many times as fast or as small the side is."""
        return statistics.median(self.values[self.reference(side)]) / statistics.median(self.values[side])

    def limit(self, side: str) -> float | None:
        """The sum of the medians of the sides that limit this one; None if none do."""
        return sum(statistics.median(self.values[name]) for name in self.limits[side]) if side in self.limits else None

    def distance(self, side: str) -> float | None:
        """Median of the side / its limit: how many times the limit it takes."""
        limit = self.limit(side)
        return None if limit is None else statistics.median(self.values[side]) / limit

    def reached(self, side: str) -> float | None:
        """What of a side is wanted, as it was measured; None if nothing is, or another library or the limit is missing."""
        match self.wanted.get(side):
            case None:
                return None
            case Wanted("ratio"):
                return self.ratio(side) if side in self.references else None
            case Wanted("limit"):
                return self.distance(side)
            case Wanted("value"):
                return statistics.median(self.values[side])
            case Wanted(other):
                return statistics.median(self.values[side]) / statistics.median(self.values[other])

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON values."""
        sides = {
            side: {
                "median": statistics.median(s),
                "min": min(s),
                "max": max(s),
                "runs": len(s),
                "reference": self.reference(side),
                "ratio": self.ratio(side),
                "limit_seconds": self.limit(side),
                "times_limit": self.distance(side),
                "wanted": self._wanted(side),
            }
            for side, s in self.values.items()
        }
        words = {"what": self.what, "note": self.note, "unit": self.unit, "notices": list(self.notices)}
        return {**words, "sides": sides}

    def _wanted(self, side: str) -> dict[str, Any] | None:
        wanted, reached = self.wanted.get(side), self.reached(side)
        if wanted is None or reached is None:
            return None
        bound = {"of": wanted.of, wanted.bound.replace(" ", "_"): wanted.number}
        return {**bound, "reached": reached, "met": wanted.met(reached)}


def peak_memory() -> float:
    """The peak memory of this process in MB."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def section(name: str, settings: Settings) -> list[Row]:
    """The rows of a section, measured in a separate process so that sections don't affect each other's memory."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_rows, name, settings).result()


def _rows(name: str, settings: Settings) -> list[Row]:
    import torch

    warnings.simplefilter("ignore")
    torch.set_num_threads(settings.threads)
    return importlib.import_module(name).rows(settings)


def compare(
    what: str,
    sides: Mapping[str, Side],
    settings: Settings,
    note: str = "",
    wanted: Mapping[str, Wanted] | None = None,
    limits: Mapping[Precision, Sequence[str]] | None = None,
    clock: Callable[[], float] | None = None,
) -> Row:
    """The row of the sides' seconds; the sides run in turn, each after `WARM_UP` calls.

    Seconds are by default those of the clock, or with one thread those of the processor, which other programs lengthen less.
    `limits` names the sides that limit the others of a precision.
    """
    working, notices = dict(sides), list[str]()
    for name, side in sides.items():
        if side.peer and (why := failure(side, settings.first_call)) is not None:
            notices.append(f"{what}: {name} is left out: {why}")
            print(notices[-1], file=sys.stderr, flush=True)
            del working[name]
    clock = clock or clock_of(settings.threads)
    seconds: dict[str, list[float]] = {name: [] for name in working}
    for number in range(WARM_UP + settings.runs):
        for name, side in working.items():
            side.prepare()
            begun = clock()
            side.run()
            if number >= WARM_UP:
                seconds[name].append(clock() - begun - side.less())
    precisions: dict[str, Precision] = {name: side.precision for name, side in working.items()}
    peers = {name for name, side in working.items() if side.peer}
    limiting = {name for names in (limits or {}).values() for name in names}
    limited = {name: limits[p] for name, p in precisions.items() if limits and p in limits and name not in limiting}
    return Row(what, seconds, note, wanted or {}, "s", references(seconds, precisions, peers), notices, limited)


def clock_of(threads: int) -> Callable[[], float]:
    """What measures sides with so many threads: the processor's time with one, else the clock."""
    return time.process_time if threads == 1 else time.perf_counter


def references(
    values: Mapping[str, Sequence[float]], precisions: Mapping[str, Precision], peers: Collection[str]
) -> dict[str, str]:
    """The other libraries' best mode of each side's precision; a side without one has no entry."""
    found: dict[str, str] = {}
    for side, precision in precisions.items():
        same = [peer for peer in precisions if peer in peers and precisions[peer] == precision]
        if same:
            found[side] = min(same, key=lambda peer: statistics.median(values[peer]))
    return found


class TooLongError(BaseException):
    """A call took too long. Not an `Exception`, so that compilers don't take it for one of theirs."""


def failure(side: Side, seconds: float) -> str | None:
    """Calls a side once, and returns why that failed or was given up, or None."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, stop)
    # Repeated, as Python drops an error that is raised in a callback of the garbage collection.
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)
    try:
        side.prepare()
        side.run()
    except TooLongError:
        return f"its first call took more than {seconds:g} s"
    except Exception as error:  # noqa: BLE001 (whatever fails in another library's mode)
        return reason(f"{type(error).__name__}: {error}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return None


def reason(error: str) -> str:
    """The first line of an error's text, at most 200 characters of it."""
    return next((line.strip() for line in error.splitlines() if line.strip()), "no reason given")[:200]
