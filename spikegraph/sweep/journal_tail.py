"""How far a run is, from the lines that its journal has got since the last look."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from spikegraph.runs.entries import ENTRY, Entry, EpochEntry, StepEntry


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        phase: `search`, `retrain` or `test`.
        epoch: The epoch, counted from 1.
        losses: Mean losses of the latest steps, or of the epoch if it has ended.
        share: The share of the phase that is done; None if its number of epochs isn't known.
        left: Seconds that are left of the phase; None while that isn't known.
    """

    phase: str
    epoch: int
    losses: Mapping[str, float]
    share: float | None
    left: float | None


@dataclass
class JournalTail:
    """Reads a journal that another process writes.

    Attributes:
        path: The file.
        epochs: Number of epochs of each phase.
        now: The time in seconds.
    """

    path: Path
    epochs: Mapping[str, int]
    now: Callable[[], float] = time.monotonic
    progress: Progress | None = None
    _read: int = 0
    _file: tuple[int, int] = (0, 0)
    _steps: dict[str, int] = field(default_factory=dict[str, int])
    _first: tuple[str, float, float] | None = None

    def look(self) -> Progress | None:
        """How far the run is now; None before its first step."""
        new = [entry for entry in self._new() if isinstance(entry, StepEntry | EpochEntry)]
        self._steps |= {entry.phase: entry.step for entry in new if isinstance(entry, EpochEntry)}
        if new:
            self.progress = self._at(new[-1])  # the others are as old as the look before, and say nothing of the pace
        return self.progress

    def _at(self, entry: StepEntry | EpochEntry) -> Progress:
        phase, epochs, steps = entry.phase, self.epochs.get(entry.phase, 0), self._steps.get(entry.phase, 0)
        done = entry.epoch - 1 + (min(1.0, entry.step / steps) if steps else 0.0)
        share = min(1.0, done / epochs) if epochs else None
        left = None
        if share is not None:
            now = self.now()
            if self._first is None or self._first[0] != phase or share < self._first[1]:
                self._first = phase, share, now
            elif share > self._first[1]:
                left = (1 - share) * (now - self._first[2]) / (share - self._first[1])
        return Progress(phase, entry.epoch, entry.losses, share, left)

    def _new(self) -> list[Entry]:
        """The whole lines since the last call; from the start if the file is another one, as after a resumption."""
        try:
            with self.path.open("rb") as file:
                found = os.fstat(file.fileno())
                if (found.st_dev, found.st_ino) != self._file or found.st_size < self._read:
                    self._file, self._read = (found.st_dev, found.st_ino), 0
                file.seek(self._read)
                data = file.read()
        except OSError:
            return []  # not written yet
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        entries: list[Entry] = []
        for line in whole.splitlines():
            try:
                entries.append(ENTRY.validate_json(line))
            except ValidationError:
                continue  # the run itself reports a damaged journal
        return entries
