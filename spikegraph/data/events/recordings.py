"""Labelled recordings as the samples of a data set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.events.blocks import Block, EventFile
from spikegraph.data.events.coding import Coding
from spikegraph.data.events.sample_cache import SampleCache


@dataclass(frozen=True)
class Recordings:
    """Recordings of events with their classes, a source of samples [T, C, H, W].

    Attributes:
        files: The N recordings, or parts of them.
        labels: Their classes, int64 [N].
        classes: The names of the classes.
        coding: What makes arrays of them.
        cache: Where the arrays are kept; None to make them anew each time.
    """

    files: tuple[EventFile, ...]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    coding: Coding
    cache: SampleCache | None = None

    def image(self, index: int) -> NDArray[Any]:
        """A sample [T, C, H, W], in the number type of its encoding.

        Raises:
            DataError: The recording can't be read.
        """
        file = self.files[index]
        if self.cache is None:
            return self.coding.encoded(file)
        return self.cache.get(file, self.coding, lambda: self.coding.encoded(file))


@dataclass(frozen=True)
class Clip:
    """The events of a recording with `start <= t < stop`, in microseconds."""

    file: EventFile
    start: int
    stop: int

    @property
    def path(self) -> Path:
        """As `EventFile`."""
        return self.file.path

    @property
    def part(self) -> str:
        """As `EventFile`."""
        return f"from {self.start / 1e6:g} s to {self.stop / 1e6:g} s: "

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`."""
        return self.file.size()

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        first = self.start if start is None else max(start, self.start)
        last = self.stop if stop is None else min(stop, self.stop)
        for block in self.file.blocks(first, last):
            inside = (block.t >= first) & (block.t < last)
            yield block if inside.all() else block.where(inside)


@dataclass(frozen=True, eq=False)
class Held:
    """Events in memory; `path` is where they came from."""

    path: Path
    block: Block
    sensor: tuple[int, int] | None = None
    part: str = ""

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`."""
        return self.sensor

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`."""
        yield self.block
