"""Reads images, sequences and vectors of one's own from arrays, with a class or numbers for each sample or time step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.data.array_files import whole
from spikegraph.data.content_hash import array_hash
from spikegraph.data.drawn import for_test
from spikegraph.data.folders import needed
from spikegraph.data.images import ImageArrays, pixels
from spikegraph.data.named_arrays import as_named
from spikegraph.data.own_layout import file_of_labels, layouts_of
from spikegraph.data.own_targets import targets_of
from spikegraph.data.own_values import as_pixels, as_texts, as_truths, class_names
from spikegraph.data.sample import About, Sample
from spikegraph.data.source import Read, Samples
from spikegraph.data.value_kinds import kind_of, pieces_of
from spikegraph.dsl.schema.class_datasets import OwnArrays
from spikegraph.dsl.schema.encodings import ValueKind
from spikegraph.tasks import TASKS


@dataclass(frozen=True)
class Arrays(Samples):
    """Samples in memory.

    Attributes:
        inputs: [N, T, *size] or [sum of T, *size] with time steps; images [N, H, W, C] or vectors [N, F] without.
        targets: Classes as numbers, int64 [N], [N, T] or [sum of T]; numbers, float32 [N, K], [N, T, K] or [sum of T, K]; what
            another task takes, [N, ...] or [sum of T, ...].
        bounds: Where each sequence begins and ends in flat arrays, int64 [N, 2]; None if all are equally long.
        timed: Whether the inputs have time steps.
        stepwise: Whether each of the last time steps has a target.
        classes: Names of the classes.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    bounds: NDArray[np.int64] | None
    timed: bool
    stepwise: bool
    classes: tuple[str, ...]

    @override
    def __len__(self) -> int:
        return len(self.inputs if self.bounds is None else self.bounds)

    @property
    @override
    def about(self) -> About:
        return About(self.classes)

    @override
    def class_numbers(self) -> NDArray[np.int64] | None:
        return self.targets if self.classes and not self.stepwise else None

    @override
    def sample(self, index: int) -> Sample:
        held = self._of(self.inputs, index)
        if not self.timed:
            image = held.ndim == 3
            return Sample({"image": pixels(held) if image else held.copy()}, self.targets[index, ...].copy())
        target = self._of(self.targets, index) if self.stepwise else self.targets[index, ...]
        counted = np.ones(len(target), np.bool_) if self.stepwise else None
        return Sample({"image": held.copy()}, target.copy(), steps=len(held), counted=counted)

    @override
    def kind(self) -> ValueKind:
        return kind_of(pieces_of(self.inputs)) if self.timed else super().kind()

    def _of(self, values: NDArray[Any], index: int) -> NDArray[Any]:
        if self.bounds is None:
            return values[index]
        first, end = self.bounds[index]
        return values[first:end]

    @override
    def content(self) -> Iterator[bytes]:
        yield "\0".join(self.classes).encode()
        for array in (self.inputs, self.targets, *(() if self.bounds is None else (self.bounds,))):
            yield array_hash(array)

    def part(self, chosen: NDArray[np.bool_]) -> Arrays:
        """Some of the samples."""
        if self.bounds is None:
            return Arrays(self.inputs[chosen], self.targets[chosen], None, self.timed, self.stepwise, self.classes)
        targets = self.targets if self.stepwise else self.targets[chosen]
        return Arrays(self.inputs, targets, self.bounds[chosen], self.timed, self.stepwise, self.classes)


def read(dataset: OwnArrays, folder: Path | None) -> Read:
    """Samples for training and for the test.

    Raises:
        DataError: A file or an array is missing, damaged, of another form than the declaration says, or too large for the
            memory.
    """
    folder = needed(dataset, folder)
    dataset = as_named(dataset, folder)
    return Read(*read_arrays(dataset, folder), f"arrays ({folder if dataset.file is None else folder / dataset.file})")


def read_arrays(dataset: OwnArrays, folder: Path) -> tuple[ImageArrays | Arrays, ImageArrays | Arrays]:
    """As `read`, of the arrays that the declaration names."""
    layouts = layouts_of(dataset, folder)
    inputs = [_channels_last(as_pixels(whole(of.inputs), of.inputs), dataset.time_steps, dataset.channels) for of in layouts]
    names: tuple[str, ...] = ()
    if not dataset.own_task:
        task = TASKS[dataset.task]
        taken = [targets_of(task, of, timed=dataset.time_steps) for of in layouts]
        targets, layouts = [each for each, _ in taken], [of for _, of in taken]
        if task.classifies and targets[0].ndim == (2 if layouts[0].stepwise and layouts[0].bounds is None else 1):
            names = tuple(map(str, range(1 + max(int(each.max()) for each in targets))))
    elif dataset.task == "numbers":
        targets = [as_truths(whole(of.targets), of.targets, dataset.task) for of in layouts]
        targets = [each[:, None] if each.ndim == 1 else each for each in targets]
    else:
        labels = [as_texts(whole(of.targets), of.targets) for of in layouts]
        found = dict.fromkeys(name for each in labels for name in np.unique(each).tolist())
        names = class_names(found, file_of_labels(layouts))
        numbers = {name: k for k, name in enumerate(names)}
        targets = [np.vectorize(numbers.__getitem__, [np.int64])(each) for each in labels]
    parts = [
        ImageArrays(x, y, names) if of.images else Arrays(x, y, of.bounds, dataset.time_steps, of.stepwise, names)
        for x, y, of in zip(inputs, targets, layouts, strict=True)
    ]
    if len(parts) == 2:
        return parts[0], parts[1]
    classes = parts[0].class_numbers()
    groups, labels = (np.zeros(len(parts[0]), np.int64), (None,)) if classes is None else (classes, names)
    held = for_test(groups, labels, dataset.test, dataset.split_seed, layouts[0].place)
    return parts[0].part(~held), parts[0].part(held)


def _channels_last(values: NDArray[Any], timed: bool, channels: str) -> NDArray[Any]:
    """Inputs with their channels at the end, where they are images."""
    if timed or values.ndim not in (3, 4):
        return values
    return values[..., None] if values.ndim == 3 else values if channels == "last" else values.transpose(0, 2, 3, 1)
