"""Spiking Heidelberg Digits: spoken digits as the spikes of 700 channels of a model of the inner ear.

Cramer et al., IEEE Trans. Neural Netw. Learn. Syst. 2022; files, counts and licence are at https://compneuro.net. Classes 0 to
9 are the English digits, 10 to 19 the German ones. A spike is an event at row 0, whose column is its channel, and it is on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikegraph.base.errors import DataError
from spikegraph.data import hdf5
from spikegraph.data.chunks import Rows
from spikegraph.data.events.blocks import Block
from spikegraph.data.events.published import Findings, Part, folder_with, part_of, to_unpack
from spikegraph.data.events.ragged import Ragged, ragged

FILES = ("shd_train.h5", "shd_test.h5")
SENSOR = (1, 700)

_DIGITS = "zero one two three four five six seven eight nine null eins zwei drei vier fünf sechs sieben acht neun"


@dataclass(frozen=True, eq=False)
class SpokenDigit:
    """A recording of a file of many.

    Attributes:
        path: The file.
        number: The number of the recording in it.
        times: The times of the spikes of all recordings in seconds.
        units: Their channels.
    """

    path: Path
    number: int
    times: Ragged
    units: Ragged

    def __repr__(self) -> str:
        return f"SpokenDigit({self.path!r}, {self.number})"

    @property
    def part(self) -> str:
        """As `EventFile`."""
        return f"recording {self.number}: "

    def size(self) -> tuple[int, int] | None:
        """As `EventFile`."""
        return SENSOR

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        """As `EventFile`, in the order of the times."""
        times, units = self.times.row(self.number), self.units.row(self.number)
        seconds = times.astype(np.float64)
        if not np.isfinite(seconds).all():
            raise DataError(f"{self.part}it has times that aren't finite numbers", self.path, hdf5.AGAIN)
        order = np.argsort(seconds, kind="stable")
        t = np.rint(seconds[order] * 1e6).astype(np.int64)
        yield Block(units[order].astype(np.int64), np.zeros(len(t), np.int64), t, np.ones(len(t), np.bool_))


@dataclass(frozen=True)
class SpokenDigits:
    """The data set."""

    layout: str = "SHD is in shd_train.h5 and shd_test.h5, from shd_train.h5.gz and shd_test.h5.gz"
    sensor: tuple[int, int] = SENSOR
    classes: tuple[str, ...] = tuple(_DIGITS.split())
    published: tuple[int, int] | int | None = (8_156, 2_264)

    def root(self, folder: Path) -> Path | None:
        """As `PublishedSet`."""
        return folder_with(folder, FILES, all_of=False)

    def listed(self, root: Path, test: float, seed: int, found: Findings) -> tuple[Part, Part]:
        """As `PublishedSet`; the publisher's files part it."""
        parts: list[Part] = []
        for name in FILES:
            path = root / name
            try:
                if not path.is_file():
                    raise DataError("the file is missing", path, to_unpack(root, name) or self.layout)
                parts.append(self._part(path))
            except DataError as error:
                found.problems.append(error)
                parts.append(part_of(()))
        return parts[0], parts[1]

    def _part(self, path: Path) -> Part:
        with hdf5.open_file(path) as file:
            times, units = (ragged(file, path, f"spikes/{name}") for name in ("times", "units"))
            column = hdf5.dataset(file, path, "labels", (None,))
            hdf5.require_stored(column, path, "labels")
            if not len(column) == len(times) == len(units):
                summary = f"it has {len(times):,} lists of times, {len(units):,} of units, and {len(column):,} labels"
                raise DataError(summary, path, hdf5.AGAIN)
            with hdf5.reading(path, "`labels`"):
                labels = Rows(column, path)(0, len(column)).astype(np.int64)
        wrong = (labels < 0) | (labels >= len(self.classes))
        if wrong.any():
            k = int(wrong.argmax())
            raise DataError(f"recording {k}: its label is {labels[k]}, not from 0 to {len(self.classes) - 1}", path, hdf5.AGAIN)
        unequal = times.references["length"] != units.references["length"]
        if unequal.any():
            k = int(unequal.argmax())
            counts = (times.references["length"][k], units.references["length"][k])
            raise DataError(f"recording {k}: it has {counts[0]:,} times, but {counts[1]:,} units", path, hdf5.AGAIN)
        return Part(tuple(SpokenDigit(path, k, times, units) for k in range(len(labels))), labels)


SHD = SpokenDigits()
