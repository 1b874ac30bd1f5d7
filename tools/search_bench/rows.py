"""Files of rows: one JSON object a line, appended whole, so that an interrupted tool goes on where it was."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a file without its head; a last line that was being written is left out."""
    if not path.exists():
        return []
    *lines, _ = path.read_text(encoding="utf-8").split("\n")
    return [row for line in lines if line and "table" not in (row := json.loads(line))]


def append(path: Path, row: Mapping[str, Any], head: Mapping[str, Any] | None = None) -> None:
    """Appends a row in one write, so that several processes may write into one file; a new file begins with the head."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if head is not None and not path.exists():
        path.write_text(json.dumps(head) + "\n", encoding="utf-8")
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, json.dumps(row).encode() + b"\n")
    finally:
        os.close(descriptor)
