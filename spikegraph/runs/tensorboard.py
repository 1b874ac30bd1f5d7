"""Writes curves in TensorBoard's format."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any

from spikegraph.base.errors import TrainError
from spikegraph.base.file_errors import naming


class TensorBoard:
    """A file of events. Unlike TensorBoard's own writer, it writes at once, in the caller's thread, which gets the errors."""

    def __init__(self, folder: Path) -> None:
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
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.0"
        self._file = self.path.open("ab", buffering=0)
        self._records: Any = RecordWriter(self._file)
        self._add(file_version="brain.Event:2")

    def add_scalar(self, tag: str, scalar_value: float, global_step: int, /) -> None:
        """Adds a point to the curve `tag`.

        Raises:
            OSError: The file can't be written.
        """
        point = self._summaries.Summary.Value(tag=tag, simple_value=scalar_value)
        self._add(step=global_step, summary=self._summaries.Summary(value=[point]))

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _add(self, **fields: Any) -> None:
        event = self._events.Event(wall_time=time.time(), **fields)
        with naming(self.path):
            self._records.write(event.SerializeToString())
