"""`usage.csv`: the memory and the processor time of a run, measured every few seconds beside its training."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from spikegraph.base.appending import append, open_to_append, remove_incomplete_line
from spikegraph.base.errors import RunFolderError
from spikegraph.base.memory import resident
from spikegraph.runs.json_file import read_bytes

NAME = "usage.csv"

EVERY = 5.0
"""Fewest seconds between two lines, but for the ends of epochs."""

LARGEST = 1 << 30
"""Most bytes of a file: lines of years."""

RESTORE = "delete the file, which only the report reads"


@dataclass(frozen=True)
class Usage:
    """A line.

    Attributes:
        time: In seconds since 1970.
        phase: `search` or `retrain`.
        epoch: Counted from 1.
        step: Number of steps in the epoch so far.
        memory_bytes: Memory that the process occupies; 0 where the system doesn't tell.
        processor_seconds: Processor time of the process and of those that it started and that have ended.
        device_memory_bytes: Memory of the GPU that its tensors take; 0 on a CPU.
    """

    time: float
    phase: str
    epoch: int
    step: int
    memory_bytes: int
    processor_seconds: float
    device_memory_bytes: int


HEAD = ",".join(field.name for field in fields(Usage))


class UsageLog:
    """Appends lines to the file."""

    def __init__(self, path: Path, device_memory: Callable[[], int]) -> None:
        """Appends to the file, which is made with the first line.

        Args:
            path: The file.
            device_memory: Memory of the GPU that tensors take, in bytes.
        """
        self._path, self._device_memory, self._last = path, device_memory, 0.0
        if path.exists():
            remove_incomplete_line(path)

    def add(self, phase: str, epoch: int, step: int, *, now: bool = False) -> None:
        """Appends a line if it is time for one, or `now`.

        Raises:
            OSError: The file can't be written.
        """
        at = time.monotonic()
        if not now and at - self._last < EVERY:
            return
        self._last = at
        spent = os.times()
        seconds = spent.user + spent.system + spent.children_user + spent.children_system
        line = f"{time.time():.3f},{phase},{epoch},{step},{resident()},{seconds:.2f},{self._device_memory()}\n"
        begun = self._path.exists() and self._path.stat().st_size > 0
        head = "" if begun else f"{HEAD}\n"
        with open_to_append(self._path) as file:
            append(file, (head + line).encode(), self._path)


def read_usage(path: Path) -> Sequence[Usage]:
    """The lines of a file without an incomplete last one; empty if there is no file, as in runs of older versions.

    Raises:
        RunFolderError: The file can't be read, or a line is damaged.
    """
    if not path.exists():
        return []
    *whole, _ = read_bytes(path, RESTORE, LARGEST).decode(errors="replace").split("\n")
    head, lines = whole[:1], whole[1:]
    if head not in ([], [HEAD]):
        raise RunFolderError("line 1 isn't the head of a table of usage", RESTORE, path=path)
    return [_read(line, number, path) for number, line in enumerate(lines, 2)]


def _read(line: str, number: int, path: Path) -> Usage:
    try:
        time_, phase, epoch, step, memory, seconds, device = line.split(",")
        return Usage(float(time_), phase, int(epoch), int(step), int(memory), float(seconds), int(device))
    except ValueError as error:
        raise RunFolderError(f"line {number} isn't one of a table of usage", RESTORE, path=path) from error
