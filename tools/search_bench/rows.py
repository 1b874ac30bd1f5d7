"""Files of rows: one JSON object a line, appended whole, so that an interrupted tool goes on where it was."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spikegraph.base.files import write_whole


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a file without its head; a last line that was being written is left out."""
    return [row for row in map(json.loads, _lines(path)) if "table" not in row]


def append(
    path: Path, row: Mapping[str, Any], head: Mapping[str, Any] | None = None, replaces: Mapping[str, Any] | None = None
) -> None:
    """Appends a row; several processes may write into one file, and one that is killed leaves the file whole.

    Args:
        path: The file.
        row: The row.
        head: The first line of a new file.
        replaces: What rows have whose place it takes; by default there are none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.parent):
        lines = _lines(path) or ([json.dumps(head)] if head is not None else [])
        if replaces is not None:
            lines = [line for line in lines if not json.loads(line).items() >= replaces.items()]
        write_whole(path, "".join(f"{line}\n" for line in (*lines, json.dumps(row))))


def _lines(path: Path) -> list[str]:
    """The lines that were written whole."""
    return [line for line in path.read_text(encoding="utf-8").split("\n")[:-1] if line] if path.exists() else []


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Waits until no other process writes rows into a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
