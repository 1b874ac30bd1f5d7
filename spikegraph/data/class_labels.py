"""The classes of a set's samples, and how many labels each class has."""

from collections.abc import Iterable
from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.sets import DataSet, DataSets
from spikegraph.dsl.spec import Run


def sample_classes(samples: DataSet) -> NDArray[np.int64]:
    """The class of each sample, int64 [N], of a task with one class for each.

    Raises:
        DataError: A sample can't be read.
    """
    found = samples.class_numbers()
    return np.concatenate(list(_labels(samples))) if found is None else found


def class_counts(samples: DataSet, classes: int, ignored: float | None) -> NDArray[np.int64]:
    """The number of labels of each class, int64 [K]; those that are ignored or no class aren't counted.

    Raises:
        DataError: A sample can't be read.
    """
    whole, counts = samples.class_numbers(), np.zeros(classes, np.int64)
    for labels in _labels(samples) if whole is None else (whole,):
        known = labels[(labels >= 0) & (labels < classes)]
        counts += np.bincount(known[known != ignored], minlength=classes)
    return counts


def ignored_by(run: Run | None) -> tuple[int, ...]:
    """The label that all losses of a run leave out which could leave one out; none if they differ, or leave none out."""
    losses = () if run is None else run.loss
    found = {loss.options["ignore"] for loss in losses if "ignore" in loss.options}
    label = found.pop() if len(found) == 1 else None
    return () if label is None else (int(label),)


def ignoring(sets: DataSets, run: Run | None) -> DataSets:
    """The sets of a run, with the same samples, in whose scores the label doesn't count that its losses leave out.

    Where the number of classes follows from the largest label, that label isn't counted.
    """
    ignored = ignored_by(run)
    if sets.train.ignored == ignored:
        return sets

    def part(of: DataSet) -> DataSet:
        made = copy(of)
        made.ignored, made.source = ignored, of.source.without(ignored)
        return made

    validation = None if sets.validation is None else part(sets.validation)
    return replace(sets, train=part(sets.train), test=part(sets.test), validation=validation)


def _labels(samples: DataSet) -> Iterable[NDArray[np.int64]]:
    """The classes of each sample's targets that count, as the data have them."""
    return (samples.task.labels(samples.source.sample(int(number))) for number in samples.indexes)
