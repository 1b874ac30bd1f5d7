"""The training, validation and test set of a run: samples after the steps and encodings that a declaration asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.boxes import refusing_boxes
from spikegraph.data.content_hash import data_hash
from spikegraph.data.encoder import Encode, encoder
from spikegraph.data.given import Pairs
from spikegraph.data.given import given as given_in_python
from spikegraph.data.held_out import held_out
from spikegraph.data.image_download import download as fetch
from spikegraph.data.sample import About, Sample
from spikegraph.data.source import Read, Samples, not_finite, read_by, require_parts
from spikegraph.data.steps import PairStep, Step, prepared, steps_of
from spikegraph.dsl.schema.dataset import GIVEN, PYTHON
from spikegraph.dsl.schema.sample_type import InputType, SampleType, wider
from spikegraph.dsl.spec import Dataset
from spikegraph.tasks import TASKS
from spikegraph.tasks.task import Task

EVALUATION = 2**32 - 1
"""Stands for the epoch where random encodings of an image are always the same."""

ENCODING, OTHER, PARTNER = 1, 2, 3
"""Tell the random numbers of an encoding, and those of a sample that another one makes a pair with, from those of the steps."""


class DataSet:
    """Samples as a network gets them.

    Attributes:
        source: The samples as the data have them.
        task: What the targets are.
        indexes: The numbers of this set's samples in the source.
        training: If true, samples are augmented randomly, depending only on the seed, the epoch and the sample's number.
        ignored: The labels that don't count in scores.
    """

    def __init__(
        self,
        source: Samples,
        task: Task,
        steps: Sequence[Step | PairStep] = (),
        *,
        training: bool = False,
        seed: int = 0,
        encode: Encode | None = None,
    ) -> None:
        """Makes a set of all samples of a source.

        Args:
            source: The samples.
            task: What the targets are.
            steps: What each sample goes through, in order.
            training: Augment randomly; false skips random steps.
            seed: Seed of the augmentation.
            encode: Makes spikes of an image after the steps; in evaluation always the same of one image.
        """
        self.source, self.task, self.steps, self.training, self.seed = source, task, tuple(steps), training, seed
        self.encode = encode
        self.indexes = np.arange(len(source))
        self.ignored: tuple[int, ...] = ()
        self._epoch = 0
        self._size: tuple[int, ...] | None = None

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch, on which the augmentation depends."""
        self._epoch = epoch

    @property
    def about(self) -> About:
        """What all samples have in common."""
        return replace(self.source.about, ignored=self.ignored) if self.ignored else self.source.about

    def class_numbers(self) -> NDArray[np.int64] | None:
        """The class of each sample, int64 [N]; None where samples have no single class."""
        found = self.source.class_numbers()
        return None if found is None else found[self.indexes]

    def shares(self, index: int) -> Any:
        """Names of what a sample's targets are; as `Samples`."""
        return self.source.shares(int(self.indexes[index]))

    def part(self, indexes: NDArray[np.int64], *, training: bool) -> DataSet:
        """A subset with the samples at these indexes."""
        part = DataSet(self.source, self.task, self.steps, training=training, seed=self.seed, encode=self.encode)
        part.indexes, part.ignored = self.indexes[indexes], self.ignored
        return part

    def plain(self) -> DataSet:
        """The same samples without random augmentation."""
        return self.part(np.arange(len(self)), training=False)

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.indexes)

    def __getitem__(self, index: int) -> Sample:
        """As `sample`; where samples make pairs, with another one that is drawn from all of them."""
        if not self.paired or not 0 <= index < len(self):
            return self.sample(index)
        return self.sample(index, int(self._random(int(self.indexes[index]), PARTNER).integers(len(self))))

    def samples(self, every: int = 1) -> Iterator[Sample]:
        """All samples in order, or each whose place is a multiple of `every`, as one gets them by their place."""
        return (self[index] for index in range(0, len(self), every))

    @property
    def paired(self) -> bool:
        """Whether training samples make pairs, as those that are mixed do."""
        return self.training and any(isinstance(step, PairStep) for step in self.steps)

    def sample(self, index: int, other: int | None = None) -> Sample:
        """The sample at `index`, after all steps and encoded.

        Args:
            index: Its place.
            other: The place of the training sample that it makes a pair with; without one it is left alone.

        Raises:
            IndexError: There is no such sample.
            DataError: It can't be read, augmented or encoded, or its size is another than an earlier one's.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        number = int(self.indexes[index])
        random = np.random.default_rng((self.seed, self._epoch, number)) if self.training else None
        pair = None if other is None else (self._held(int(self.indexes[other])), self._random(number, OTHER))
        try:
            sample = prepared(self._held(number), self.steps, random, self.task, pair)
        except ValueError as error:
            raise self.source.refused(number, str(error), "change the data set's `augment`") from error
        self._require_size(sample, number)
        if self.encode is not None:
            draws, encode = self._random(number, ENCODING), self.encode
            try:
                sample = sample.with_inputs(lambda image: encode(image, draws))
            except ValueError as error:
                raise self.source.refused(number, str(error), "change the data set's `encoding`") from error
            sample = replace(sample, steps=len(next(iter(sample.inputs.values()))))
        return sample.with_inputs(np.ascontiguousarray)  # torch takes no array that is turned round

    def _held(self, number: int) -> Sample:
        """A sample as the data have it."""
        held = self.source.sample(number)
        if (why := not_finite(held)) is not None:
            raise self.source.refused(number, *why)
        return held

    def _random(self, number: int, purpose: int) -> np.random.Generator:
        """Random numbers beside those of a sample's steps; in evaluation always the same."""
        return np.random.default_rng((self.seed, self._epoch if self.training else EVALUATION, number, purpose))

    def _require_size(self, sample: Sample, number: int) -> None:
        """Checks that samples of a batch can be joined."""
        shape = next(iter(sample.inputs.values())).shape[sample.steps is not None :]
        size = shape[1:] or shape  # a vector has its length alone
        self._size = size if self._size is None else self._size
        if size != self._size and self.task.padding is None:
            summary = f"its size is {' x '.join(map(str, size))}, but that of another one {' x '.join(map(str, self._size))}"
            sized = "end `augment` with a step that gives all of them one size, such as resize(72), random_crop([64, 64])"
            raise self.source.refused(number, summary, sized if len(shape) > 1 else "give all samples one length")


@dataclass(frozen=True)
class DataSets:
    """The data sets of a run.

    Attributes:
        train: Training set, with random augmentation.
        test: Test set, without it.
        notes: Notices to print once.
        source: The origin of the data, in one line.
        declared: The declaration.
        validation: The data set's own validation set; None if a share of the training set is held out.
    """

    train: DataSet
    test: DataSet
    notes: tuple[str, ...]
    source: str
    declared: Dataset
    validation: DataSet | None = None

    @property
    def task(self) -> Task:
        """What the targets are."""
        return self.train.task

    @property
    def about(self) -> About:
        """What all samples have in common."""
        return self.train.about

    @property
    def sha256(self) -> str:
        """The hash of the data's content.

        Raises:
            DataError: A file or a sample can't be read.
        """
        return data_hash((self.train.source, self.test.source))

    @cached_property
    def sample_type(self) -> SampleType:
        """The type of the samples, from the first one; the kind of one's own values from all of them.

        Raises:
            DataError: It can't be read.
        """
        sample, declared = self.train.plain().sample(0), self.declared
        timed = sample.steps is not None
        shapes = {name: values.shape[timed:] for name, values in sample.inputs.items()}
        beside = {name: InputType(of.kind, shapes[name]) for name, of in declared.beside().items()}
        views = tuple(name for name in shapes if name not in beside) if len(shapes) > 1 else declared.views
        kind, suits, made_by = declared.kinds()
        if suits:
            parts = [part for part in (self.train, self.test, self.validation) if part is not None]
            kind, *_ = suits = min((wider(part.source.kind()) for part in parts), key=len)
        shape, classes = next(iter(shapes.values())), len(self.about.classes) or None
        possible, tasks, stepwise = declared.possible_inputs(), declared.other_tasks, sample.counted is not None
        kinds = views, kind, timed, shape, classes, declared.task_name
        return SampleType(*kinds, beside, possible, tasks, stepwise, declared.for_steps, suits, made_by)

    def held_out(self, share: float | Literal["data"], seed: int) -> tuple[DataSet, DataSet]:
        """Training and validation set: the data set's own, or a random `share` of the training set, without shared targets.

        Raises:
            DataError: One of the two sets would be empty, or the data set has no validation part of its own.
        """
        if self.validation is not None:
            if not len(self.validation):
                raise DataError("the validation set has no samples", help="give the data some, or leave out `validate`")
            return self.train, self.validation
        count, shared = len(self.train), type(self.train.source).shares is not Samples.shares
        labels = [self.train.shares(k) for k in range(count)] if shared else ()
        train, validation = held_out(count, share, seed, source=self.source, noun="samples", labels=labels)
        return self.train.part(train, training=True), self.train.part(validation, training=False)

    def baselines(self) -> Mapping[str, Mapping[str, float]]:
        """Metrics of simple methods on the test set, by the method's name.

        Raises:
            DataError: A sample can't be read.
        """
        return self.task.baselines(self.train.plain(), self.test, self.about)


def sets_of(read: Read, dataset: Dataset, seed: int) -> DataSets:
    """Makes the data sets of a declaration from what its reader returned.

    Args:
        read: The samples.
        dataset: The declaration.
        seed: Seed of the augmentation.

    Raises:
        DataError: A part is empty, or the classes of the parts differ.
    """
    require_parts(read)
    task, steps, encode = TASKS[dataset.task_name], steps_of(dataset.augment), encoder(dataset)
    made = partial(DataSet, task=task, steps=steps, encode=encode)
    validation = None if read.validation is None else made(read.validation)
    return DataSets(made(read.train, training=True, seed=seed), made(read.test), read.notes, read.origin, dataset, validation)


def data_sets(
    dataset: Dataset, folder: Path | None, seed: int, *, download: bool = False, given: tuple[Pairs | None, Pairs] | None = None
) -> DataSets:
    """Makes the sets of a declaration.

    Args:
        dataset: The declaration.
        folder: The data folder; built-in data sets need none.
        seed: Seed of the augmentation.
        download: Download missing images into `folder`.
        given: Training and test set for a declaration with `source = python`; None for training if nothing is trained.

    Raises:
        DataError: Files are missing or damaged, a download failed, or samples are given to another source.
    """
    if given is not None and dataset.source not in GIVEN:
        summary = f"{dataset.span.start}: the data set `{dataset.name}` has the source `{dataset.source}`"
        raise DataError(summary, help=f"write `source = {PYTHON}` in it (or {', '.join(GIVEN[1:])})")
    if download and folder is not None:
        fetch(dataset.source, folder)
    with refusing_boxes(folder if given is None else None):
        read = read_by(dataset, folder) if given is None else given_in_python(dataset, *given)
    return sets_of(read, dataset, seed)
