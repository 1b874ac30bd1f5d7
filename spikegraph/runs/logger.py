"""What a logger is: it gets the numbers of a run as they are recorded, and writes them for another program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spikegraph.runs.manifest import Manifest

Event = Literal["step", "epoch", "validation", "dgs", "test"]
Ending = Literal["complete", "stopped", "failed"]


@dataclass(frozen=True)
class LoggedRun:
    """A run that is logged.

    Attributes:
        folder: Its folder.
        manifest: How it was started.
        settings: The values of its spec, with every default, by the paths of `--set`, such as `retrain.weights.lr`.
    """

    folder: Path
    manifest: Manifest
    settings: Mapping[str, str | int | float]


@dataclass(frozen=True)
class Numbers:
    """Numbers of a run at one moment.

    Attributes:
        event: `step`: the steps since the numbers before, on the CPU one; `epoch`: the means over an epoch; `validation`:
            metrics at its end; `dgs`: a searched surrogate; `test`: metrics of the trained network.
        phase: `search`, `retrain` or `test`.
        epoch: Counted from 1.
        step: Number of steps in the epoch so far.
        total: Number of steps in the phase so far.
        time: Seconds since 1970.
        values: The numbers by name, such as `loss`, `lr` and `accuracy_percent`.
    """

    event: Event
    phase: str
    epoch: int
    step: int
    total: int
    time: float
    values: Mapping[str, float]

    @property
    def curves(self) -> dict[str, float]:
        """The numbers by the names of curves, which differ by phase and event: `retrain/loss`, `retrain epoch/loss`."""
        part = f"{self.phase} {self.event}" if self.event in ("epoch", "validation") else self.phase
        return {f"{part}/{name}": value for name, value in self.values.items()}


class Logger:
    """A logger; each method may be left out. What one raises ends the run, which can be resumed.

    The methods are called in the process of the run, in this order: `begin`, `rewind` if the run is resumed, then `log` with
    `rewind` in between, and `end`. They are called for the run itself, not for the candidates of its search.
    """

    def begin(self, run: LoggedRun) -> None:
        """A run begins, or is resumed."""

    def rewind(self, kept: Sequence[Numbers]) -> None:
        """A resumed run goes on: `kept` is all that it has recorded; what else was logged will be logged again."""

    def log(self, numbers: Numbers) -> None:
        """The run has recorded numbers."""

    def end(self, how: Ending) -> None:
        """The run ends: it is complete, was stopped, or failed; the latter two may be resumed, as another call of `begin`."""
