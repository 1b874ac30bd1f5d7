"""The architecture parameters that a run's journal holds, epoch by epoch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spikegraph.errors import HistoryError


@dataclass(frozen=True)
class Epoch:
    """The architecture parameters at the end of one epoch of a search.

    Attributes:
        epoch: Counted from 1.
        values: `CELL.alpha` [edges, candidates] and `TRELLIS.beta` [layers, levels, 3], before the softmax.
    """

    epoch: int
    values: Mapping[str, Any]

    def ending(self, what: str) -> dict[str, Any]:
        """The parameters called `NAME.what`, by NAME."""
        return {k.removesuffix(f".{what}"): v for k, v in self.values.items() if k.endswith(f".{what}")}


def search_epochs(path: Path) -> list[Epoch]:
    """The epochs of a search in `metrics.jsonl`; none where the run hasn't searched. A half-written last line is left out.

    Raises:
        HistoryError: The file can't be read, or a line before its end is none of a journal.
    """
    try:
        *lines, _ = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise HistoryError(f"{path} can't be read: {error}") from error
    found: list[Epoch] = []
    for number, line in enumerate(lines, 1):
        try:
            entry: dict[str, Any] = json.loads(line)
            if entry["event"] == "epoch" and "architecture" in entry:
                found.append(Epoch(int(entry["epoch"]), entry["architecture"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise HistoryError(f"{path}, line {number}: no line of a run's journal") from error
    return found
