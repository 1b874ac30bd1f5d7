"""Reads sequences and vectors of one's own from arrays, with a class or numbers for each sample or time step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.base.errors import DataError
from spikegraph.data.array_files import Head, whole
from spikegraph.data.content_hash import array_hash
from spikegraph.data.drawn import drawn
from spikegraph.data.images import pixels
from spikegraph.data.named_arrays import head_of
from spikegraph.data.own_array_checks import check_classes, check_inputs, check_numbers
from spikegraph.data.own_arrays import Pair, as_pixels, as_targets, as_texts, class_names, pairs_of, told
from spikegraph.data.sample import About, Sample
from spikegraph.data.source import Samples
from spikegraph.dsl.schema.class_datasets import OwnArrays


@dataclass(frozen=True)
class Arrays(Samples):
    """Samples in memory.

    Attributes:
        inputs: [N, T, *size] or [sum of T, *size] with time steps; images [N, H, W, C] or vectors [N, F] without.
        targets: Classes as numbers, int64 [N], [N, T] or [sum of T]; numbers, float32 [N, K], [N, T, K] or [sum of T, K].
        bounds: Where each sequence begins and ends in flat arrays, int64 [N, 2]; None if all are equally long.
        timed: Whether the inputs have time steps.
        stepwise: Whether each time step has a target.
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
            return Sample({"image": pixels(held) if image else held}, self.targets[index, ...])
        target = self._of(self.targets, index) if self.stepwise else self.targets[index, ...]
        counted = np.ones(len(held), np.bool_) if self.stepwise else None
        return Sample({"image": held}, target, steps=len(held), counted=counted)

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


def read_sequences(dataset: OwnArrays, folder: Path) -> tuple[Arrays, Arrays]:
    """Samples for training and for the test.

    Raises:
        DataError: A file or an array is missing, damaged, of another form than inputs and their targets, or too large for the
            memory.
    """
    found = pairs_of(dataset, folder, partial(_form, dataset, folder))
    named = (dataset.offsets, dataset.test_offsets)
    bounds = [
        None if name is None else bounds_of(head_of(dataset, folder, name), pair.inputs)
        for name, pair in zip(named, found, strict=False)
    ]
    read = [_values(dataset, pair) for pair in found]
    names: tuple[str, ...] = ()
    if dataset.task != "numbers":
        counts = {name: 0 for _, targets in read for name in np.unique(targets).tolist()}
        names = class_names(counts, found[0].targets.path)
        numbers = {name: k for k, name in enumerate(names)}
        read = [(inputs, np.vectorize(numbers.__getitem__, [np.int64])(targets)) for inputs, targets in read]
    parts = [
        Arrays(*pair, each, dataset.time_steps, _stepwise(dataset, pair[1], each), names)
        for pair, each in zip(read, bounds, strict=False)
    ]
    if len(parts) == 2:
        return parts[0], parts[1]
    held = _held_out(dataset, parts[0], found[0].inputs.path)
    return parts[0].part(~held), parts[0].part(held)


def _stepwise(dataset: OwnArrays, targets: NDArray[Any], bounds: NDArray[np.int64] | None) -> bool:
    """Whether each time step has a target."""
    if dataset.task != "numbers" or not dataset.time_steps:
        return dataset.task == "step_class"
    return targets.ndim == 3 if bounds is None else len(targets) != len(bounds)


def check_sequences(dataset: OwnArrays, folder: Path) -> None:
    """Checks what `read_sequences` and a training check, in pieces, so that it takes little memory.

    Raises:
        DataError: As `read_sequences`, or nothing can be learnt.
    """
    found = pairs_of(dataset, folder, partial(_form, dataset, folder))
    check_inputs(found)
    counts: Mapping[str, int] = {}
    if dataset.task == "numbers":
        check_numbers(found, as_targets)
    else:
        counts = check_classes(found, found[0].targets.path, each_step=dataset.task == "step_class")
    if len(found) == 1:
        groups = counts.items() if dataset.task == "class" else [(None, _count(dataset, folder, found[0]))]
        for k, (name, count) in enumerate(groups):
            drawn(name, k, count, dataset.test, dataset.split_seed, found[0].inputs.path)


def _held_out(dataset: OwnArrays, samples: Arrays, where: Path) -> NDArray[np.bool_]:
    """Which samples are for the test: a share of each class, or of all samples."""
    held = np.zeros(len(samples), np.bool_)
    numbers = samples.class_numbers()
    groups: list[tuple[str | None, NDArray[Any]]] = [(None, np.arange(len(samples)))]
    if numbers is not None:
        groups = [(name, np.flatnonzero(numbers == k)) for k, name in enumerate(samples.classes)]
    for k, (name, places) in enumerate(groups):
        held[places[sorted(drawn(name, k, len(places), dataset.test, dataset.split_seed, where))]] = True
    return held


def _values(dataset: OwnArrays, pair: Pair) -> tuple[NDArray[Any], NDArray[Any]]:
    inputs = as_pixels(whole(pair.inputs), pair.inputs)
    if not dataset.time_steps and inputs.ndim == 3:
        inputs = inputs[..., None]
    elif not dataset.time_steps and inputs.ndim > 3 and dataset.channels == "first":
        inputs = inputs.transpose(0, 2, 3, 1)
    targets = whole(pair.targets)
    if dataset.task != "numbers":
        return inputs, as_texts(targets, pair.targets)
    numbers = as_targets(targets, pair.targets)
    return inputs, numbers[:, None] if numbers.ndim == 1 else numbers


def bounds_of(head: Head, inputs: Head) -> NDArray[np.int64]:
    """Where each sequence begins and ends, int64 [N, 2].

    Args:
        head: The array that says where each begins, from 0 to the number of steps of all.
        inputs: Their inputs, [sum of T, *size].

    Raises:
        DataError: The numbers don't ascend from 0, or don't fit the inputs.
    """
    offsets = whole(head)
    listed = offsets.ndim == 1 and offsets.dtype.kind in "iu" and len(offsets) > 1
    found = offsets.astype(np.int64) if listed else np.zeros(2, np.int64)
    if found[0] != 0 or (np.diff(found) < 1).any():
        raise DataError(f"{told(head)} isn't a list of places", head.path, "store whole numbers that ascend from 0, [N + 1]")
    if found[-1] != inputs.shape[0]:
        summary = f"{told(head)} ends at {found[-1]}, but {told(inputs)} has {inputs.shape[0]} steps"
        raise DataError(summary, head.path, "let the last number be the number of steps of all sequences")
    return np.stack([found[:-1], found[1:]], axis=1)


def _form(dataset: OwnArrays, folder: Path, pair: Pair) -> None:
    """Checks that a pair has the form that the declaration says.

    Raises:
        DataError: It has another one.
    """
    inputs, targets = pair
    ragged = dataset.offsets is not None
    plain = (3, "[N, T, *size]") if dataset.time_steps else (2, "[N, F] or [N, H, W, C]")
    least, form = (2, "[sum of T, *size]") if ragged else plain
    if len(inputs.shape) < least or not inputs.bytes or inputs.kind.kind not in "fiub":
        summary = f"{told(inputs)} has the shape {list(inputs.shape)} and the type {inputs.kind}; inputs are numbers {form}"
        raise DataError(summary, inputs.path, f"store them so, or write `time_steps = {str(not dataset.time_steps).lower()}`")
    kinds = "fiub" if dataset.task == "numbers" else "iuUS"
    if targets.kind.kind not in kinds:
        wanted = "numbers" if dataset.task == "numbers" else "classes as whole numbers or texts"
        summary = f"{told(targets)} has the type {targets.kind}; targets are {wanted}"
        raise DataError(summary, targets.path, "change `task`, or the array")
    count, steps = _count(dataset, folder, pair), inputs.shape[: 1 if ragged else 2]
    each = dataset.task == "step_class" or (ragged and dataset.task == "numbers" and targets.shape[:1] == steps)
    lead = steps if each else (count,)
    more = len(targets.shape) - len(lead)
    stepwise = dataset.time_steps and not ragged and targets.shape[1:2] == steps[1:]
    if targets.shape[: len(lead)] != lead or more > (0 if dataset.task != "numbers" else 2 if stepwise else 1):
        wanted = list(lead) if dataset.task != "numbers" else [*lead, "K"]
        summary = f"{told(targets)} has the shape {list(targets.shape)} for inputs {list(inputs.shape)}"
        raise DataError(summary, targets.path, f"give [{', '.join(map(str, wanted))}]")


def _count(dataset: OwnArrays, folder: Path, pair: Pair) -> int:
    """The number of samples of a pair.

    Raises:
        DataError: They are sequences in flat arrays, and the offsets don't fit the inputs.
    """
    if dataset.offsets is None:
        return pair.inputs.shape[0]
    held = pair.inputs.name or pair.inputs.path.relative_to(folder)
    test = dataset.test_inputs is not None and Path(held) == Path(dataset.test_inputs)
    name = dataset.test_offsets if test else dataset.offsets
    assert name is not None
    return len(bounds_of(head_of(dataset, folder, name), pair.inputs))
