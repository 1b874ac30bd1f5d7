"""Writes the numbers of the journal as a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import FileIO, StringIO
from pathlib import Path

from typing_extensions import override

from spikegraph.base.appending import append, open_to_append
from spikegraph.base.files import write_whole
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.logger import Ending, LoggedRun, Logger, Numbers

COLUMNS = ("time", "event", "phase", "epoch", "step", "total", "name", "value")
"""The columns; a row has one number."""


class CsvFile(Logger):
    """`metrics.csv` in the run's folder: a row for each number, written at once.

    Attributes:
        path: The file.
    """

    path: Path
    _file: FileIO

    @override
    def begin(self, run: LoggedRun) -> None:
        """Makes the file, or opens that of a resumed run, which keeps its rows until `rewind`.

        Raises:
            OSError: It can't be made or opened.
        """
        self.path = run.folder / "metrics.csv"
        if self.path.exists() and RunFolder(run.folder).metrics.exists():
            self._file = open_to_append(self.path)
        else:
            self._open(())

    @override
    def rewind(self, kept: Sequence[Numbers]) -> None:
        """Writes the file anew.

        Raises:
            OSError: It can't be written.
        """
        self._file.close()
        self._open(kept)

    @override
    def log(self, numbers: Numbers) -> None:
        """Adds a row for each number.

        Raises:
            OSError: The file can't be written.
        """
        append(self._file, _rows(numbers), self.path)

    @override
    def end(self, how: Ending) -> None:
        """Closes the file."""
        self._file.close()

    def _open(self, kept: Sequence[Numbers]) -> None:
        write_whole(self.path, b"".join((_lines([COLUMNS]), *map(_rows, kept))))
        self._file = open_to_append(self.path)


def _rows(numbers: Numbers) -> bytes:
    at = (numbers.time, numbers.event, numbers.phase, numbers.epoch, numbers.step, numbers.total)
    return _lines([(*at, name, value) for name, value in numbers.values.items()])


def _lines(rows: Sequence[tuple[object, ...]]) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
