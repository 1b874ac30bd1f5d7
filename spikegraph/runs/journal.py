"""`metrics.jsonl`: the course of a run, one JSON object a line, written as it happens."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol

from pydantic import ValidationError

from spikegraph.errors import RunFolderError
from spikegraph.files import write_whole
from spikegraph.runs.entries import ENTRY, Entry
from spikegraph.runs.json_file import problem, read_bytes


class Board(Protocol):
    """Shows numbers as curves, such as torch's writer for TensorBoard."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int, /) -> None:
        """Adds a point to the curve `tag`."""
        ...

    def close(self) -> None:
        """Ends the writing."""
        ...


class Journal:
    """Appends lines `{"time", "event", "phase", "epoch", "step", ...}`, see `entries.py`.

    A line is in the file when `add` returns, so that a killed run loses none.
    """

    def __init__(self, path: Path, board: Board | None = None) -> None:
        """Opens the file, or creates it; an incomplete last line is removed.

        Args:
            path: The file.
            board: Gets the same numbers.
        """
        self.path = path
        self._board = board
        if path.exists():
            _remove_incomplete_line(path)
        self._file = path.open("a", encoding="utf-8")

    def __enter__(self) -> Journal:
        """The journal itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Closes the file."""
        self._file.close()
        if self._board is not None:
            self._board.close()

    def add(self, event: str, phase: str, epoch: int, step: int, **data: object) -> None:
        """Adds a line.

        Args:
            event: `step`, `epoch`, `dgs` or `evaluation`.
            phase: `search`, `retrain` or `test`.
            epoch: Counted from 1.
            step: Steps of the epoch so far.
            data: The other fields of the event's record.

        Raises:
            ValueError: The line is not a record that `read_journal` reads.
        """
        entry = {"time": round(time.time(), 3), "event": event, "phase": phase, "epoch": epoch, "step": step, **data}
        line = json.dumps(entry, allow_nan=False)
        ENTRY.validate_json(line)
        self._file.write(line + "\n")
        self._file.flush()

    def chart(self, phase: str, step: int, numbers: Mapping[str, float]) -> None:
        """Adds numbers to the curves of the board, if there is one, at a step of the phase."""
        if self._board is not None:
            for name, value in numbers.items():
                self._board.add_scalar(f"{phase}/{name}", value, step)

    def sync(self) -> None:
        """Flushes every line to the disk; called before a checkpoint that relies on them."""
        os.fsync(self._file.fileno())

    def rewind(self, phase: str, epoch: int, step: int) -> None:
        """Removes the lines of a phase after a position: a resumed run repeats what they record.

        Args:
            phase: Lines of other phases stay.
            epoch: The last epoch that is kept in part, from 1.
            step: Its last step that is kept.
        """
        self._file.close()
        kept = [line for line, e in _lines(self.path) if e.phase != phase or (e.epoch, e.step) <= (epoch, step)]
        write_whole(self.path, b"".join(line + b"\n" for line in kept))
        self._file = self.path.open("a", encoding="utf-8")


def read_journal(path: Path) -> list[Entry]:
    """The lines of a journal, without an incomplete last one; none if there is no such file.

    Raises:
        RunFolderError: The file can't be read, or a line is damaged.
    """
    return [entry for _, entry in _lines(path)] if path.exists() else []


def _lines(path: Path) -> list[tuple[bytes, Entry]]:
    *lines, _ = read_bytes(path).split(b"\n")  # the last part is empty, or a line that is being written
    found: list[tuple[bytes, Entry]] = []
    for number, line in enumerate(lines, 1):
        try:
            found.append((line, ENTRY.validate_json(line)))
        except ValidationError as error:
            raise RunFolderError(f"{path}, line {number}: {problem(error, line)}", "delete the line") from error
    return found


def _remove_incomplete_line(path: Path) -> None:
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        write_whole(path, whole)
