"""Data sets of samples with a truth for each pixel, and the sets of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from spikegraph.data.content_hash import maps_hash
from spikegraph.data.held_out import held_out
from spikegraph.data.map_baselines import mean_flow, most_frequent_label
from spikegraph.data.map_steps import MapStep
from spikegraph.data.maps import MapData, MapSample, MapSource
from spikegraph.dsl.schema.sample_type import SampleType
from spikegraph.errors import DataError


class MapItem(NamedTuple):
    """One sample as tensors: inputs by name, float32 [C, H, W] or [T, C, H, W], and the truth of `MapSample`."""

    inputs: Mapping[str, Tensor]
    truth: Tensor


class MapDataset(Dataset[MapItem]):
    """Samples with a truth for each pixel.

    Attributes:
        source: The samples.
        indexes: Numbers of this set's samples in the source.
        training: If true, samples are augmented randomly.
    """

    def __init__(self, source: MapSource, steps: Sequence[MapStep], *, training: bool, seed: int = 0) -> None:
        """Makes a data set of all samples of a source; augmentation depends on seed, epoch and the sample's number."""
        self.source, self.steps, self.training, self.seed = source, tuple(steps), training, seed
        self.indexes = np.arange(len(source))
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch, on which the augmentation depends."""
        self._epoch = epoch

    def part(self, indexes: NDArray[np.int64], *, training: bool) -> MapDataset:
        """A subset with the samples at these indexes."""
        part = MapDataset(self.source, self.steps, training=training, seed=self.seed)
        part.indexes = self.indexes[indexes]
        return part

    @cached_property
    def truth(self) -> str:
        """The kind of truth."""
        return self.sample(0).kind

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.indexes)

    def sample(self, index: int) -> MapSample:
        """The sample at `index` as arrays, after all steps.

        Raises:
            DataError: It can't be read, or a step can't be applied to it.
        """
        number = int(self.indexes[index])
        sample = self.source.sample(number)
        for name, values in sample.inputs.items():
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                summary = f"sample {number}: the input `{name}` has numbers that aren't finite"
                raise DataError(summary, help="remove it, or replace them")
        random = np.random.default_rng((self.seed, self._epoch, number)) if self.training else None
        try:
            for step in self.steps:
                sample = step(sample, random)
        except ValueError as error:
            raise DataError(f"sample {number}: {error}", help="change the data set's `augment`") from error
        return sample

    def samples(self) -> Iterator[MapSample]:
        """All samples in order."""
        return (self.sample(index) for index in range(len(self)))

    def __getitem__(self, index: int) -> MapItem:
        """The sample at `index` as tensors.

        Raises:
            DataError: As `sample`.
        """
        sample = self.sample(index)
        inputs = {name: torch.from_numpy(np.ascontiguousarray(x, np.float32)) for name, x in sample.inputs.items()}  # pyright: ignore[reportUnknownMemberType]
        whole = np.issubdtype(sample.truth.dtype, np.integer)
        truth = np.ascontiguousarray(sample.truth, np.int64 if whole else np.float32)
        return MapItem(inputs, torch.from_numpy(truth))  # pyright: ignore[reportUnknownMemberType]


@dataclass(frozen=True)
class MapSets:
    """The data sets of a run.

    Attributes:
        train: Training set, with random augmentation.
        test: Test set, without it.
        notes: Notices to print once.
        source: The origin of the data, in one line.
        classes: Names of the classes of label maps.
    """

    train: MapDataset
    test: MapDataset
    notes: tuple[str, ...]
    source: str
    classes: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """The hash of the samples, of at most 1,000 at equal distances."""
        return maps_hash((self.train.source, self.test.source))

    @property
    def sample_type(self) -> SampleType:
        """The type of the samples, from the first one.

        Raises:
            DataError: It can't be read.
        """
        sample = self.train.sample(0)
        first = next(iter(sample.inputs.values()))
        channels, height, width = first.shape[-3:]
        steps = first.ndim == 4
        return SampleType(
            tuple(sample.inputs), "events" if steps else "real", steps, (channels, height, width), self._classes, sample.kind
        )

    @property
    def _classes(self) -> int | None:
        if self.train.truth != "labels":
            return 0
        return len(self.classes) or None

    def baselines(self) -> Mapping[str, Mapping[str, float]]:
        """Metrics of the best constant prediction on the test set, for label maps and optical flow.

        Raises:
            DataError: A sample can't be read.
        """
        plain = self.train.part(np.arange(len(self.train)), training=False)
        train, test = plain.samples(), self.test.samples()
        if self.train.truth == "labels" and self.classes:
            return {"most frequent label": most_frequent_label(train, test, len(self.classes))}
        return {"mean flow": mean_flow(train, test)} if self.train.truth == "flow" else {}

    def held_out(self, share: float | Literal["data"], seed: int) -> tuple[MapDataset, MapDataset]:
        """Training set, and a random fraction `share` of it as validation set, without augmentation.

        Raises:
            DataError: One of the two sets would be empty, or the data set has no validation part of its own.
        """
        train, validation = held_out(len(self.train), share, seed, source=self.source, noun="samples")
        return self.train.part(train, training=True), self.train.part(validation, training=False)


def map_sets(data: MapData, steps: Sequence[MapStep], seed: int) -> MapSets:
    """Makes the data sets of what a reader returned.

    Raises:
        DataError: A part is empty.
    """
    for name, part in (("training", data.train), ("test", data.test)):
        if not len(part):
            raise DataError(f"the {name} set has no samples")
    sets = (MapDataset(data.train, steps, training=True, seed=seed), MapDataset(data.test, steps, training=False))
    return MapSets(*sets, data.notes, data.origin, data.classes)
