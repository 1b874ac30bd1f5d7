"""Where samples come from: parts of a data set, whose samples have numbers, and what a source's reader returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.base.nearest import listed
from spikegraph.data.content_hash import of_samples
from spikegraph.data.sample import About, Sample
from spikegraph.data.value_kinds import kind_of
from spikegraph.dsl.schema.encodings import ValueKind
from spikegraph.dsl.spec import Dataset
from spikegraph.plugins.returned import of_type

LOOKED = 16
"""Samples of each part that are looked at before a training; more only where these are all alike."""


@dataclass(frozen=True)
class Moment:
    """One time step of a stream.

    Attributes:
        inputs: As of a sample, [C, *size] each.
        target: The target of this step.
        counted: True if it is evaluated.
        first: True if a new stream begins, for which the network's state must be reset.
        done: How many samples have been finished with it.
    """

    inputs: dict[str, NDArray[Any]]
    target: NDArray[Any]
    counted: bool
    first: bool
    done: int


class Samples(ABC):
    """The training, the validation or the test samples of a data set."""

    @abstractmethod
    def __len__(self) -> int:
        """The number of samples."""

    @abstractmethod
    def sample(self, index: int) -> Sample:
        """A sample as the data have it, before steps and encodings of images; who writes in its arrays doesn't change the data.

        Raises:
            DataError: It can't be read.
        """

    @property
    def about(self) -> About:
        """What all samples have in common."""
        return About()

    def class_numbers(self) -> NDArray[np.int64] | None:
        """The class of each sample, int64 [N]; None where samples have no single class."""
        return None

    def without(self, labels: Collection[int]) -> Samples:
        """The samples where these labels aren't learnt: they are no classes if the classes are as many as the largest label."""
        return self

    def place(self, index: int) -> Path | None:
        """The file of a sample, for messages; None if it has none of its own."""
        return None

    def kind(self) -> ValueKind:
        """The kind with the fewest values that all inputs are of.

        Raises:
            DataError: A sample can't be read.
        """
        return kind_of(values for k in range(len(self)) for values in self.sample(k).inputs.values())

    def seconds(self, index: int) -> float | None:
        """How long the data of a sample last, as their time stamps say; None if they have none.

        Raises:
            DataError: They can't be read.
        """
        return None

    def refused(self, index: int, why: str, help: str) -> DataError:
        """The error of a sample, which names its file, else its number."""
        place = self.place(index)
        return DataError(why if place is not None else f"sample {index}: {why}", place, help)

    def picture(self, index: int) -> NDArray[np.uint8] | None:
        """The image of a sample as the data have it, [H, W, C] for reports; None to draw the network's inputs."""
        return None

    def shares(self, index: int) -> Collection[Hashable]:
        """Names of what a sample's targets are, so that samples which share some don't get into different parts."""
        return (index,)

    def stream(self) -> Iterator[Moment] | None:
        """All samples as streams in which one sample continues the other; None if each begins anew."""
        return None

    def content(self) -> Iterable[bytes]:
        """What is hashed to tell the data from others (`spikegraph.data.content_hash`).

        Raises:
            DataError: A sample can't be read.
        """
        return of_samples(self.sample, len(self))


def not_finite(sample: Sample) -> tuple[str, str] | None:
    """What is wrong with inputs that aren't finite as the network gets them, in float32, and the fix."""
    for name, values in sample.inputs.items():
        with np.errstate(over="ignore"):
            wide = values.astype(np.float32) if values.dtype == np.float64 else values
        if wide.dtype.kind == "f" and not np.isfinite(wide).all():
            return f"the input `{name}` has numbers that aren't finite", "remove it, or replace them"
    return None


def spread(count: int, wanted: int) -> list[int]:
    """At most `wanted` evenly spaced integers below `count`; deterministic."""
    kept = min(count, wanted)
    return [(2 * k + 1) * count // (2 * kept) for k in range(kept)]


@dataclass(frozen=True)
class Read:
    """What the reader of a source returns.

    Attributes:
        train: Samples for training.
        test: Samples for the test.
        origin: Where they are from, in one line.
        notes: Notices to print once.
        validation: Samples for validation; None if a share of the training samples is held out.
    """

    train: Samples
    test: Samples
    origin: str
    notes: tuple[str, ...] = ()
    validation: Samples | None = None


def require_parts(read: Read) -> None:
    """Checks that the parts have samples, and the same classes.

    Raises:
        DataError: They haven't.
    """
    parts = {"training": read.train, "test": read.test}
    for name, part in parts.items():
        if not len(part):
            raise DataError(f"the {name} set has no samples")
    train, test = (part.about.classes for part in parts.values())
    if train == test:
        return
    only = {"training": [name for name in train if name not in test], "test": [name for name in test if name not in train]}
    told = [f"only the {name} set has {listed(classes, last='and')}" for name, classes in only.items() if classes]
    raise DataError(f"the classes differ: {', '.join(told) or 'they are in another order'}", help="give both parts the same")


def read_by(dataset: Dataset, folder: Path | None) -> Read:
    """What the reader of a data set's source returns.

    Raises:
        TypeError: It is something else than samples for training and for the test.
    """
    reader = dataset.origin.read
    return of_type(Read, reader(dataset, folder), reader, f"the reader of the source `{dataset.source}`")
