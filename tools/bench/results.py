"""The file of a run of the benchmark: machine, versions, all rows and what limits them. `results` has those of releases."""

import math
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Literal, Self

import torch
from measure import Row, Settings
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

import spikegraph
from spikegraph.base.processor import Processor

FOLDER = Path(__file__).parent / "results"
"""The files of releases, named by version and processor."""
INSTRUCTIONS = ("SPIKEGRAPH_MARCH", "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "TORCHINDUCTOR_CPP_SIMDLEN")
"""Variables that keep programs (this project's kernels, torch, its convolutions, its compiler) from some instructions."""
PACKAGES = ("spikingjelly", "snntorch", "norse", "tonic")
CLOSE = 1e-6


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WantedResult(_Part):
    """What a side is to reach, and what it has reached. `of` is that of `wanted.Wanted`; one of the two bounds is there."""

    of: str
    at_least: PositiveFloat | None = None
    at_most: PositiveFloat | None = None
    reached: PositiveFloat
    met: bool

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.at_least is None) != (self.of != "ratio") or (self.at_most is None) != (self.of == "ratio"):
            raise ValueError("a ratio has its least number, and all else the most")
        if self.met != ((self.at_least or 0) <= self.reached <= (self.at_most or math.inf)):
            raise ValueError("`met` isn't what was reached beside the bound")
        return self


class SideResult(_Part):
    """What a side took, in the unit of its row, and what it is compared with."""

    median: PositiveFloat
    min: PositiveFloat
    max: PositiveFloat
    runs: PositiveInt
    reference: str
    ratio: PositiveFloat
    limit_seconds: PositiveFloat | None
    times_limit: PositiveFloat | None
    wanted: WantedResult | None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.min <= self.median <= self.max:
            raise ValueError("the median isn't between minimum and maximum")
        if (self.limit_seconds is None) != (self.times_limit is None):
            raise ValueError("a limit comes with its distance")
        if self.limit_seconds is not None and not math.isclose(
            self.median / self.limit_seconds, self.times_limit or 0, rel_tol=CLOSE
        ):
            raise ValueError("`times_limit` isn't the median divided by the limit")
        return self


class RowResult(_Part):
    """A row of the table."""

    what: str
    note: str
    unit: Literal["s", "MB"]
    notices: tuple[str, ...]
    sides: Annotated[dict[str, SideResult], Field(min_length=1)]

    @model_validator(mode="after")
    def _compared(self) -> Self:
        for name, side in self.sides.items():
            reference = self.sides.get(side.reference)
            if reference is None:
                raise ValueError(f"`{name}` is compared with `{side.reference}`, which the row hasn't")
            if not math.isclose(reference.median / side.median, side.ratio, rel_tol=CLOSE):
                raise ValueError(f"the ratio of `{name}` isn't that of the medians")
            if side.wanted is not None and not math.isclose(self._of(side, side.wanted.of), side.wanted.reached, rel_tol=CLOSE):
                raise ValueError(f"what `{name}` has reached isn't that of the medians")
        return self

    def _of(self, side: SideResult, of: str) -> float:
        """What of a side is wanted, by its numbers; NaN if it hasn't that."""
        known = {"ratio": side.ratio, "limit": side.times_limit, "value": side.median}
        if of in known or of not in self.sides:
            return known.get(of) or math.nan
        return side.median / self.sides[of].median


class ProcessorResult(_Part):
    """The processor; None where it isn't known whether it has such instructions."""

    name: str
    avx512: bool | None
    avx512_bf16: bool | None
    amx_bf16: bool | None


class Results(_Part):
    """A run of the benchmark.

    `instructions` has the variables that keep programs from some of the processor's instructions, with their values. `busy` is
    the number of cores that other processes used meanwhile. With one thread, times are those of the processor, which they
    lengthen less than those of the clock.
    """

    format_version: Literal[4] = 4
    release: str
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}(-changed)?$")] | None
    measured: date
    system: str
    machine: str
    processor: ProcessorResult
    instructions: dict[str, str] = {}
    python: str
    packages: dict[str, str]
    busy: NonNegativeFloat
    runs: PositiveInt
    threads: PositiveInt
    bf16: bool
    first_call: PositiveFloat
    sections: dict[str, tuple[RowResult, ...]]


def results_of(
    sections: Mapping[str, Sequence[Row]], processor: Processor, settings: Settings, commit: str | None, busy: float
) -> Results:
    """The file of these rows, measured today on this machine."""
    return Results.model_validate(
        {
            "release": spikegraph.__version__,
            "commit": commit,
            "measured": datetime.now(UTC).date(),
            "system": platform.system(),
            "machine": platform.machine(),
            "processor": asdict(processor),
            "instructions": instructions(),
            "python": platform.python_version(),
            "packages": _versions(),
            "busy": round(busy, 2),
            **asdict(settings),
            "sections": {name: [row.as_dict() for row in rows] for name, rows in sections.items()},
        }
    )


def read_results(path: Path) -> Results:
    """The results of a file.

    Raises:
        ValueError: It isn't such a file, or its numbers disagree.
    """
    return Results.model_validate_json(path.read_text(encoding="utf-8"))


def instructions() -> dict[str, str]:
    """The variables of `INSTRUCTIONS` that are set."""
    return {name: os.environ[name] for name in INSTRUCTIONS if os.environ.get(name)}


def _versions() -> dict[str, str]:
    found = {"torch": str(torch.__version__)}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def this_commit() -> str | None:
    """The commit of this checkout, and whether something differs from it; None where git tells none."""
    git = ["git", "-C", str(Path(__file__).parent)]
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    changed = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True, check=False)
    return None if head.returncode else head.stdout.strip() + ("-changed" if changed.stdout.strip() else "")
