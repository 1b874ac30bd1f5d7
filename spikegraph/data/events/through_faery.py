"""Recordings that the package faery reads: AEDAT 4 (`.aedat4`), and Prophesee's EVT 2, 2.1 and 3 (`.raw`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spikegraph.data.events.binary import AGAIN, header, opened
from spikegraph.data.events.blocks import Block
from spikegraph.errors import DataError

UNKNOWN = (2048, 2048)
"""Width and height that are assumed where a `.raw` file doesn't tell: coordinates have 11 bits."""

WORDS = {"2.0": 4, "2": 4, "2.1": 8, "21": 8, "3.0": 2, "3": 2}
"""Bytes of a word by the version of EVT."""


@dataclass(frozen=True)
class FaeryFile:
    """A recording in AEDAT 4 or EVT."""

    path: Path
    part: str = ""

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`."""
        if self.path.suffix.lower() == ".raw":
            return _geometry(self._header())
        width, height = self._stream().dimensions()
        return height, width

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        if self.path.suffix.lower() == ".raw":
            self._header()
        try:
            for found in self._stream():
                yield Block(
                    found["x"].astype(np.int32), found["y"].astype(np.int32), found["t"].astype(np.int64), found["on"].copy()
                )
        except RuntimeError as error:
            raise DataError(f"it is damaged: {error}", self.path, AGAIN) from error

    def _stream(self) -> Any:
        try:
            import faery  # noqa: PLC0415 (optional)  # pyright: ignore[reportMissingTypeStubs]
        except ImportError as error:
            help = 'install it with: pip install "spikegraph[events]"'
            raise DataError("recordings of this kind need the package faery", self.path, help) from error
        with opened(self.path):
            pass
        try:
            return faery.events_stream_from_file(self.path, dimensions_fallback=UNKNOWN)
        except Exception as error:  # it raises plain exceptions
            raise DataError(f"it can't be read: {error}", self.path, AGAIN) from error

    def _header(self) -> list[str]:
        """The lines of the header of a `.raw` file, whose length is checked; faery takes a truncated file as a short one."""
        with opened(self.path) as file:
            lines = header(file, self.path, b"%", b"% end")
            at = file.tell()
        version = _evt(lines)
        if version not in WORDS:
            raise DataError(f"its header names the format `{version or 'none'}`, not EVT 2, 2.1 or 3", self.path)
        rest = (self.path.stat().st_size - at) % WORDS[version]
        if rest:
            summary = f"it ends within an event: {rest} of {WORDS[version]} bytes"
            raise DataError(summary, self.path, f"the file is truncated: {AGAIN}")
        return lines


def _evt(lines: list[str]) -> str:
    """The version of EVT in a header, `% evt 3.0` or `% format EVT3;height=720;width=1280`."""
    found = re.search(r"^% (?:evt |format EVT)([0-9.]+)", "\n".join(lines), re.MULTILINE)
    return found[1] if found else ""


def _geometry(lines: list[str]) -> tuple[int, int] | None:
    """Height and width in a header, `% geometry 1280x720` or as the format's fields."""
    text = "\n".join(lines)
    if found := re.search(r"^% geometry (\d+)x(\d+)", text, re.MULTILINE):
        return int(found[2]), int(found[1])
    fields = dict(re.findall(r"(height|width)=(\d+)", text))
    return (int(fields["height"]), int(fields["width"])) if len(fields) == 2 else None
