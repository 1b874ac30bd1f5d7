"""Prophesee's `.dat` files, such as N-CARS: https://docs.prophesee.ai/stable/data/file_formats/dat.html."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikegraph.base.errors import DataError
from spikegraph.data.events.binary import TRUNCATED, Unwrapped, beginning, header, opened, records
from spikegraph.data.events.blocks import Block

CHANGES = (0x00, 0x0C)
"""The types of events that tell a change of the light: of the first sensors, and of later ones."""

RECORD = np.dtype([("t", "<u4"), ("word", "<u4")])


@dataclass(frozen=True)
class DatFile:
    """A `.dat` file."""

    path: Path
    part: str = ""

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`."""
        with opened(self.path) as file:
            return _size(header(file, self.path, b"%"))

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        with opened(self.path) as file:
            lines = header(file, self.path, b"%")
            kind = file.read(2)
            if len(kind) < 2:
                raise DataError("it ends after its header", self.path, TRUNCATED)
            if kind[0] not in CHANGES or kind[1] != RECORD.itemsize:
                raise DataError(
                    f"its events have the type {kind[0]} and {kind[1]} bytes; type 0 or 12 and 8 bytes are read", self.path
                )
            x, y, on = (9, 8, 17) if _old(lines) else (14, 14, 28)
            start, unwrapped = beginning(lines, self.path), Unwrapped(32)
            for found in records(file, self.path, RECORD):
                word = found["word"]
                yield Block(
                    (word & (1 << x) - 1).astype(np.int16),
                    (word >> x & (1 << y) - 1).astype(np.int16),
                    unwrapped(found["t"]) + start,
                    word & 1 << on != 0,
                )


def _old(lines: list[str]) -> bool:
    """Whether coordinates have 9 and 8 bits, as before version 2."""
    return not re.search(r"^% version [2-9]", "\n".join(lines), re.MULTILINE | re.IGNORECASE)


def _size(lines: list[str]) -> tuple[int, int] | None:
    found = {words[1].lower(): words[2] for line in lines if len(words := line.split()) == 3}
    height, width = found.get("height", ""), found.get("width", "")
    told = re.fullmatch(r"[0-9]{1,5}", height) and re.fullmatch(r"[0-9]{1,5}", width)
    return (int(height), int(width)) if told else None
