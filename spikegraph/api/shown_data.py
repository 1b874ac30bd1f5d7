"""The samples of a spec's data sets as arrays, to be drawn or counted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikegraph.data.sets import DataSet, DataSets, data_sets
from spikegraph.data.source import spread
from spikegraph.data.statistics import Shown
from spikegraph.dsl.schema.encodings import EVENT_ENCODINGS
from spikegraph.program.program import Program
from spikegraph.program.sample_profile import data_folder, training


def shown(samples: DataSet, index: int) -> Shown:
    """A sample of a data set; of targets of several steps the last one that counts is drawn.

    Raises:
        DataError: It can't be read.
    """
    sample, task = samples.sample(index), samples.task
    inputs = {name: values.astype(np.float32) for name, values in sample.inputs.items()}
    name = task.title(sample, samples.about) or f"sample {int(samples.indexes[index])}"
    single = samples.class_numbers() is not None
    labels = not single and (task.look == "labels" or (sample.target.dtype.kind in "iu" and bool(samples.about.classes)))
    targets = sample.target[None] if sample.counted is None else sample.target[sample.counted]
    planes = None if task.look is None else task.planes(targets[-1], sample)
    timed = sample.steps is not None
    return Shown(inputs, name, planes, task.name, timed, None if single else targets, labels)


@dataclass(frozen=True)
class ShownSets:
    """The samples of a spec's data sets.

    Attributes:
        sets: The data sets.
    """

    sets: DataSets

    @property
    def parts(self) -> Mapping[str, DataSet]:
        """Training and test set."""
        return {"train": self.sets.train, "test": self.sets.test}

    @property
    def signed(self) -> bool:
        """Whether channels hold events: where the light increased in the first half, where it decreased in the second."""
        events = self.sets.declared.events()
        return events is not None and EVENT_ENCODINGS[events.encoding].paired

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of samples of each part."""
        return {name: len(part) for name, part in self.parts.items()}

    def per_class(self, part: str) -> Mapping[str, int]:
        """The number of samples of each class; empty where samples have no class."""
        names, numbers = self.sets.about.classes, self.parts[part].class_numbers()
        if numbers is None:
            return {}
        return dict(zip(names, np.bincount(numbers, minlength=len(names)).tolist(), strict=True))

    def spread(self, part: str, wanted: int) -> Iterator[Shown]:
        """At most so many samples of a part, spread evenly.

        Raises:
            DataError: One can't be read.
        """
        samples = self.parts[part]
        return (shown(samples, index) for index in spread(len(samples), wanted))


def read_shown(program: Program, folder: Path | None) -> ShownSets:
    """Reads the data set on which a spec's retraining trains, or else its search.

    Raises:
        DataError: The spec names no data set, or the data are missing or damaged.
    """
    _, dataset = training(program)
    return ShownSets(data_sets(dataset, data_folder(program, folder), 0))
