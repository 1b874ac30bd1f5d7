"""`metrics.jsonl`: what happened, one JSON object a line, as it happens."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from spikegraph.errors import TrainError
from spikegraph.files import write_whole

Entry = dict[str, Any]


class Journal:
    """Appends lines `{"time", "event", "phase", "epoch", "step", ...}`; each is on its way to the disk when `add` returns.

    `time` is seconds since 1970. Epochs and steps count from 1. Events: `step` (lr and losses, a mean over the steps since
    the line before), `epoch` (mean losses, architecture parameters, temperatures of searched surrogates), `dgs` (one neuron's
    surrogate after a round of its search, whose iterations count on as steps behind the epoch's), `evaluation` (metrics).
    """

    def __init__(self, path: Path, tensorboard: Path | None = None) -> None:
        """Opens the file, made if it isn't there; a last line that was only half written is cut off.

        Args:
            path: The file.
            tensorboard: A folder for the same numbers in TensorBoard's format.

        Raises:
            TrainError: TensorBoard is asked for and not installed.
        """
        self.path = path
        self._board = None if tensorboard is None else _board(tensorboard)
        if path.exists():
            _cut_half_line(path)
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
            event: What it tells.
            phase: `search`, `retrain` or `test`.
            epoch: Counted from 1.
            step: Of the epoch, counted from 1; steps done so far.
            data: What JSON can hold.
        """
        entry = {"time": round(time.time(), 3), "event": event, "phase": phase, "epoch": epoch, "step": step, **data}
        self._file.write(json.dumps(entry, allow_nan=False) + "\n")
        self._file.flush()

    def chart(self, phase: str, step: int, numbers: Mapping[str, float]) -> None:
        """The same numbers for TensorBoard, if it was asked for, at the phase's step."""
        if self._board is not None:
            for name, value in numbers.items():
                self._board.add_scalar(f"{phase}/{name}", value, step)

    def sync(self) -> None:
        """Has every line on the disk; done before a checkpoint that counts on them."""
        os.fsync(self._file.fileno())

    def rewind(self, phase: str, epoch: int, step: int) -> None:
        """Takes out the lines of a phase behind a place: what a resumed run does again.

        Args:
            phase: Lines of others stay.
            epoch: The last that is kept in part, from 1.
            step: Its last step that is kept.
        """
        self._file.close()
        kept = [e for e in read_journal(self.path) if e["phase"] != phase or (e["epoch"], e["step"]) <= (epoch, step)]
        write_whole(self.path, "".join(json.dumps(e) + "\n" for e in kept))
        self._file = self.path.open("a", encoding="utf-8")


def read_journal(path: Path) -> list[Entry]:
    """The lines of a journal; one that was only half written at its end is left out.

    Raises:
        TrainError: A line before the end is no JSON object.
    """
    *lines, rest = path.read_text(encoding="utf-8").split("\n")
    del rest  # what follows the last line's end: nothing, or half a line
    entries: list[Entry] = []
    for number, line in enumerate(lines, 1):
        try:
            entry: object = json.loads(line)
        except ValueError as error:
            raise TrainError(f"{path}, line {number}: no JSON", "take the line out") from error
        if not isinstance(entry, dict):
            raise TrainError(f"{path}, line {number}: no JSON object", "take the line out")
        entries.append(cast("Entry", entry))
    return entries


def _cut_half_line(path: Path) -> None:
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        write_whole(path, whole)


def _board(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard.writer import SummaryWriter  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise TrainError("TensorBoard is not installed", "pip install 'spikegraph[tensorboard]'") from error
    return SummaryWriter(str(folder))
