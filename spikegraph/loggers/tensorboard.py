"""Writes curves in TensorBoard's format."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from typing_extensions import override

from spikegraph.base.appending import open_to_append
from spikegraph.base.errors import TrainError
from spikegraph.base.file_errors import naming
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.logger import Ending, LoggedRun, Logger, Numbers

FILES = "events.out.tfevents.*"
"""The names of the files that TensorBoard reads."""


class TensorBoard(Logger):
    """A file of events in `tensorboard/`, written anew when a run is resumed.

    Unlike TensorBoard's own writer, it writes at once, in the caller's thread, which gets the errors.

    Attributes:
        path: The file.
    """

    path: Path

    @override
    def begin(self, run: LoggedRun) -> None:
        """Makes the folder and a new file in it.

        Raises:
            TrainError: TensorBoard isn't installed.
            OSError: The file can't be made.
        """
        try:
            from tensorboard.compat.proto import event_pb2, summary_pb2  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs] (an extra)
            from tensorboard.summary.writer.record_writer import RecordWriter  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]
        except ImportError as error:
            raise TrainError("TensorBoard is not installed", "pip install 'spikegraph[tensorboard]'") from error
        self._events: Any = event_pb2
        self._summaries: Any = summary_pb2
        self._writer: Any = RecordWriter
        folder = RunFolder(run.folder).tensorboard
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.0"
        self._open()

    @override
    def rewind(self, kept: Sequence[Numbers]) -> None:
        """Takes the place of all files in the folder: TensorBoard has no way to remove a part of a curve.

        Raises:
            OSError: The file can't be written.
        """
        self._file.close()
        for file in self.path.parent.glob(FILES):
            file.unlink()
        self._open()
        for numbers in kept:
            self.log(numbers)

    @override
    def log(self, numbers: Numbers) -> None:
        """Adds a point to each curve.

        Raises:
            OSError: The file can't be written.
        """
        points = [self._summaries.Summary.Value(tag=tag, simple_value=value) for tag, value in numbers.curves.items()]
        self._add(numbers.time, step=numbers.total, summary=self._summaries.Summary(value=points))

    @override
    def end(self, how: Ending) -> None:
        """Closes the file."""
        self._file.close()

    def _open(self) -> None:
        self._file = open_to_append(self.path)
        self._records: Any = self._writer(self._file)
        self._add(time.time(), file_version="brain.Event:2")

    def _add(self, wall_time: float, **fields: Any) -> None:
        event = self._events.Event(wall_time=wall_time, **fields)
        with naming(self.path):
            self._records.write(event.SerializeToString())
