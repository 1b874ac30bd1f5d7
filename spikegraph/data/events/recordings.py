"""Labelled recordings as the samples of a data set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.data.content_hash import array_hash, of_classes, of_files
from spikegraph.data.events.blocks import Block, EventFile
from spikegraph.data.events.coding import MICROSECONDS, Coding
from spikegraph.data.events.sample_cache import SampleCache
from spikegraph.data.events.slicing import Survey
from spikegraph.data.images import Labelled
from spikegraph.data.sample import Sample


@dataclass(frozen=True)
class Recordings(Labelled):
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

    @override
    def sample(self, index: int) -> Sample:
        values = self._encoded(self.files[index])
        return Sample({"events": values}, self.labels[index, ...].copy(), steps=len(values))

    def _encoded(self, file: EventFile) -> NDArray[Any]:
        """The values [T, C, H, W] of a recording, in the number type of its encoding."""
        if self.cache is None:
            return self.coding.encoded(file)
        return self.cache.get(file, self.coding, lambda: self.coding.encoded(file))

    @override
    def place(self, index: int) -> Path:
        return self.files[index].path

    @override
    def seconds(self, index: int) -> float:
        return length_of(self.files[index])

    @override
    def content(self) -> Iterator[bytes]:
        yield from of_classes(self.classes, self.labels)
        paths = list(dict.fromkeys(file.path for file in self.files))
        yield from of_files(paths, [path.name for path in paths])
        if clips := [(file.start, file.stop) for file in self.files if isinstance(file, Clip)]:
            yield array_hash(np.asarray(clips, np.int64))


def length_of(file: EventFile) -> float:
    """The time from the first to the last event of a recording in seconds.

    Raises:
        DataError: It is damaged or has no event, or lasts too long.
    """
    survey = Survey(file)
    for block in file.blocks():
        if len(block.t):
            survey.add(block)
    survey.require_sound()
    return (survey.last - survey.first) / MICROSECONDS


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
