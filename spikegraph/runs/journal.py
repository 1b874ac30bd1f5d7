"""`metrics.jsonl`: the log of a run, one JSON object per line, written as it happens."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, TypeVar

from pydantic import ValidationError
from typing_extensions import override

from spikegraph.base.appending import append, open_to_append, remove_incomplete_line
from spikegraph.base.errors import RunFolderError
from spikegraph.base.file_errors import naming
from spikegraph.base.files import write_whole
from spikegraph.base.reading import open_plain
from spikegraph.runs.ended import Ended, described
from spikegraph.runs.entries import ENTRY, HEADS, DgsEntry, Entry, EpochEntry, EpochNumbers, OtherLine
from spikegraph.runs.json_file import LARGEST_FILE, problem, read_bytes
from spikegraph.runs.logged import Loggers

Epoch = TypeVar("Epoch", EpochNumbers, EpochEntry)

LARGEST_JOURNAL = 1 << 30
"""Most bytes of a journal."""

_BLOCK = 1 << 14
"""Bytes at the end of a journal in which its last line is looked for first."""

_STEP, _HEAD = b', "event": "step", ', 64
"""How a line of a step begins as it is written, within this number of bytes."""

_RESTORE = "restore the file, or start a new run in another folder"


class Journal:
    """Appends lines `{"time", "event", "phase", "epoch", "step", ...}`; see `entries.py`.

    `add` writes each line at once, so that a killed run loses none.

    Attributes:
        path: The file.
        ended: How the run ends that isn't complete though no error ends it; None of others.
    """

    path: Path
    ended: Ended | None = None

    def __init__(self, path: Path, loggers: Loggers | None = None) -> None:
        """Opens or creates the file, and removes an incomplete last line.

        Args:
            path: The file.
            loggers: They get what the file has, and all that is added or removed; None for none.

        Raises:
            RunFolderError: There are loggers, and a line is damaged.
            OSError: The file can't be written.
        """
        self.path = path
        self._loggers = loggers
        try:
            if path.exists():
                remove_incomplete_line(path)
                if loggers is not None:
                    loggers.rewind(read_journal(path))
            self._file = open_to_append(path)
        except BaseException as error:
            if loggers is not None:
                loggers.end(described(error))
            raise

    def __enter__(self) -> Journal:
        """Returns the journal."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Closes the file, and ends the loggers."""
        try:
            self._file.close()
        finally:
            if self._loggers is not None:
                self._loggers.end(self.ended if error is None else described(error))

    def add(self, event: str, phase: str, epoch: int, step: int, **data: object) -> None:
        """Appends a line.

        Args:
            event: `step`, `epoch`, `dgs` or `evaluation`.
            phase: `search`, `retrain` or `test`.
            epoch: Counted from 1.
            step: Number of steps in the epoch so far.
            data: The other fields of the event's record.

        Raises:
            ValueError: The fields don't match the event's record, or a number isn't finite.
            TrainError: A logger raised an exception.
            OSError: The line can't be written; the file may end with a part of it, which the next `Journal` removes.
        """
        entry = {"time": round(time.time(), 3), "event": event, "phase": phase, "epoch": epoch, "step": step, **data}
        line = json.dumps(entry, allow_nan=False)
        checked = ENTRY.validate_json(line)
        append(self._file, line.encode() + b"\n", self.path)
        if self._loggers is not None:
            self._loggers.log(checked)

    def extend(self, path: Path) -> None:
        """Appends the lines of another journal.

        Raises:
            RunFolderError: It can't be read, or a line is damaged.
            OSError: The lines can't be written.
        """
        found = _lines(path)
        append(self._file, b"".join(line + b"\n" for line, _ in found), self.path)
        if self._loggers is not None:
            for _, entry in found:
                self._loggers.log(entry)

    def sync(self) -> None:
        """Syncs the file to disk. Call it before writing a checkpoint that relies on its lines."""
        with naming(self.path):
            os.fsync(self._file.fileno())

    def rewind(self, phase: str, epoch: int, step: int) -> None:
        """Removes a phase's lines after a position, because a resumed run repeats those steps.

        Args:
            phase: The phase; lines of other phases stay.
            epoch: The epoch of the position, counted from 1.
            step: The last step of this epoch to keep.
        """
        self._file.close()
        lines = _lines(self.path)
        kept = [(line, e) for line, e in lines if e.phase != phase or (e.epoch, e.step) <= (epoch, step)]
        write_whole(self.path, b"".join(line + b"\n" for line, _ in kept))
        self._file = open_to_append(self.path)
        if self._loggers is not None and len(kept) < len(lines):
            self._loggers.rewind(entry for _, entry in kept)


class NoJournal(Journal):
    """The journal of a process that trains with the one that writes: it keeps nothing."""

    def __init__(self) -> None:
        """Opens nothing."""
        self._loggers = None

    @override
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass

    @override
    def add(self, event: str, phase: str, epoch: int, step: int, **data: object) -> None:
        pass

    @override
    def extend(self, path: Path) -> None:
        pass

    @override
    def sync(self) -> None:
        pass

    @override
    def rewind(self, phase: str, epoch: int, step: int) -> None:
        pass


def read_journal(path: Path) -> list[Entry]:
    """Reads a journal without an incomplete last line; returns an empty list if there is no file.

    Raises:
        RunFolderError: The file can't be read, or a line is damaged.
    """
    return [entry for _, entry in _lines(path)] if path.exists() else []


def read_epochs(path: Path) -> Sequence[EpochNumbers | EpochEntry]:
    """The losses and metrics of the epochs in a journal, for lists of many runs; lines of steps aren't looked at.

    Their steps are those of training, without the iterations of surrogate searches.

    Raises:
        RunFolderError: The file can't be read, or another line is damaged.
    """
    if not path.exists():
        return []
    *lines, _ = read_bytes(path, _RESTORE, LARGEST_JOURNAL).split(b"\n")
    others = [line for line in lines if _STEP not in line[:_HEAD]]
    try:
        found = HEADS.validate_json(b"[" + b",".join(others) + b"]")
    except ValidationError:
        found = []
    if len(found) == len(others):
        rounds = _rounds([entry for entry in found if isinstance(entry, OtherLine)])
        return [_without(rounds, entry) for entry in found if isinstance(entry, EpochNumbers)]
    entries = [entry for _, entry in _lines(path)]  # or the error that names the line
    rounds = _rounds([entry for entry in entries if isinstance(entry, DgsEntry)])
    return [_without(rounds, entry) for entry in entries if isinstance(entry, EpochEntry)]


def _rounds(found: Iterable[OtherLine | DgsEntry]) -> Mapping[tuple[str, int], int]:
    """The iterations of surrogate searches by phase and epoch; the neurons of a round have a line each, after the same step."""
    rounds = {(entry.phase, entry.epoch, entry.step): entry.iterations for entry in found}
    total = Counter[tuple[str, int]]()
    for (phase, epoch, _), iterations in rounds.items():
        total[phase, epoch] += iterations
    return total


def _without(rounds: Mapping[tuple[str, int], int], entry: Epoch) -> Epoch:
    iterations = rounds.get((entry.phase, entry.epoch), 0)
    return replace(entry, step=max(entry.step - iterations, 0)) if iterations else entry


def last_entry(path: Path) -> Entry | None:
    """The last entry of a journal, of which only the end is read; None if there is none yet.

    Raises:
        RunFolderError: The file can't be read, or the line is damaged.
    """
    if not path.exists():
        return None
    try:
        with open_plain(path) as file:
            line = _last_line(file)
    except OSError as error:
        raise RunFolderError(f"can't be read: {error.strerror or error}", _RESTORE, path=path) from error
    if line is None:
        return None
    try:
        return ENTRY.validate_json(line)
    except ValidationError:
        return _lines(path)[-1][1]  # the error names the first line that is damaged


def _last_line(file: BinaryIO) -> bytes | None:
    """The last complete line of a file; of one that is far too long, its end."""
    end = file.seek(0, os.SEEK_END)
    size = _BLOCK
    while True:
        start = max(0, end - size)
        file.seek(start)
        before, newline, _ = file.read(end - start).rpartition(b"\n")
        _, newline_before, line = before.rpartition(b"\n")
        if newline_before or start == 0 or size > 2 * LARGEST_FILE:
            return line if newline else None
        size *= 16


def _lines(path: Path) -> list[tuple[bytes, Entry]]:
    # The last part is empty, or a line that is being written.
    *lines, _ = read_bytes(path, _RESTORE, LARGEST_JOURNAL).split(b"\n")
    found: list[tuple[bytes, Entry]] = []
    for number, line in enumerate(lines, 1):
        if len(line) > LARGEST_FILE:
            raise RunFolderError(f"{path}, line {number}: it has more than {LARGEST_FILE:,} bytes", "delete the line")
        try:
            found.append((line, ENTRY.validate_json(line)))
        except ValidationError as error:
            raise RunFolderError(f"{path}, line {number}: {problem(error, line)}", "delete the line") from error
    return found
