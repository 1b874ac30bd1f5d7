"""Reads samples of one's own with a target for each pixel from arrays: .npz and HDF5 files with named arrays, or .npy files."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.base.errors import DataError
from spikegraph.data.array_files import Head, whole
from spikegraph.data.content_hash import of_samples
from spikegraph.data.drawn import for_test
from spikegraph.data.folders import needed
from spikegraph.data.named_arrays import as_named
from spikegraph.data.own_array_checks import check_inputs, check_numbers
from spikegraph.data.own_layout import layouts_of
from spikegraph.data.own_targets import targets_of
from spikegraph.data.own_values import LARGEST_LABEL, as_pixels, as_truths
from spikegraph.data.sample import About, Sample
from spikegraph.data.source import Read, Samples
from spikegraph.data.value_kinds import kind_of, pieces_of
from spikegraph.dsl.schema.encodings import ValueKind
from spikegraph.dsl.schema.map_datasets import OwnMaps
from spikegraph.tasks import TASKS


@dataclass(frozen=True)
class ArrayMaps(Samples):
    """Samples in memory with a target for each pixel.

    Attributes:
        inputs: [N, C, H, W] or [N, T, C, H, W]; uint8 without time steps is divided by 255.
        targets: Labels [N, H, W], flows [N, 2, H, W], depths [N, 1, H, W], or numbers [N, K, H, W]; what another task takes.
        task: `labels`, `flow`, `depth`, `map`, or one of a plug-in.
        classes: Names of the labels.
        stepwise: Whether each of the last time steps has a target.
        labels: The labels that pixels of any part have.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    task: str
    classes: tuple[str, ...] = ()
    stepwise: bool = False
    labels: frozenset[int] = frozenset()

    @override
    def __len__(self) -> int:
        return len(self.inputs)

    @property
    @override
    def about(self) -> About:
        return About(self.classes)

    @override
    def without(self, labels: Collection[int]) -> "ArrayMaps":
        return replace(self, classes=_classes(self.labels.difference(labels))) if self.labels else self

    @override
    def sample(self, index: int) -> Sample:
        held, target = self.inputs[index], self.targets[index]
        timed = held.ndim == 4
        scale = np.float32(255 if held.dtype == np.uint8 and not timed else 1)
        inputs = {"events" if timed else "image": held.astype(np.float32) / scale}
        target = target.astype(np.int64 if self.task == "labels" else target.dtype)
        counted = np.ones(len(target), np.bool_) if self.stepwise else None
        return Sample(inputs, target, steps=len(held) if timed else None, counted=counted)

    @override
    def kind(self) -> ValueKind:
        return kind_of(pieces_of(self.inputs)) if self.inputs.ndim == 5 else super().kind()

    @override
    def content(self) -> Iterator[bytes]:
        return of_samples(self.sample, len(self), self.task)


def read(dataset: OwnMaps, folder: Path | None) -> Read:
    """Samples for training and for the test.

    Raises:
        DataError: A file or an array is missing, damaged, or of another form than inputs and their targets.
    """
    folder = needed(dataset, folder)
    dataset = as_named(dataset, folder)
    layouts, truth = layouts_of(dataset, folder), dataset.truth
    inputs = [_inputs(of.inputs) for of in layouts]
    if dataset.own_task:
        targets, stepwise = [_truths(of.targets, truth) for of in layouts], False
    else:
        taken = [targets_of(TASKS[truth], of, timed=dataset.time_steps) for of in layouts]
        targets, stepwise = [each for each, _ in taken], taken[0][1].stepwise
    where = folder if dataset.file is None else folder / dataset.file
    if len(layouts) == 1:
        held = _held_out(dataset, len(inputs[0]), where)
        inputs, targets = ([each[part] for part in (~held, held)] for each in (inputs[0], targets[0]))
    labels = frozenset(_labels(targets)) if truth == "labels" else frozenset[int]()
    classes = _classes(labels) if labels else ()
    train, test = (ArrayMaps(*part, truth, classes, stepwise, labels) for part in zip(inputs, targets, strict=True))
    return Read(train, test, f"arrays ({where})")


def check_maps(dataset: OwnMaps, folder: Path) -> ValueKind:
    """Checks what `read` checks, in pieces, so that it takes little memory. Returns the kind of the inputs' values.

    Raises:
        DataError: As `read`.
    """
    dataset = as_named(dataset, folder)
    layouts = layouts_of(dataset, folder)
    kind = check_inputs(layouts)
    check_numbers(layouts, dataset.truth)
    if len(layouts) == 1:
        _held_out(dataset, layouts[0].count, folder if dataset.file is None else folder / dataset.file)
    return kind


def _held_out(dataset: OwnMaps, count: int, where: Path) -> NDArray[np.bool_]:
    """Which of the samples are for the test.

    Raises:
        DataError: There is only one.
    """
    if count < 2:
        raise DataError(f"`{dataset.inputs}` has one sample; one is for training and one for the test", where)
    return for_test(np.zeros(count, np.int64), (None,), dataset.test, dataset.split_seed, where)


def _labels(truths: list[NDArray[Any]]) -> Iterator[int]:
    """The labels that pixels have, of each part."""
    for truth in truths:
        counts = sum(np.bincount(piece.astype(np.int64).ravel(), minlength=LARGEST_LABEL + 1) for piece in pieces_of(truth))
        yield from np.flatnonzero(counts).tolist()


def _classes(labels: Collection[int]) -> tuple[str, ...]:
    """The names of the labels: their numbers, up to the largest that isn't 255."""
    return tuple(map(str, range(1 + max((k for k in labels if k != LARGEST_LABEL), default=0))))


def _inputs(head: Head) -> NDArray[Any]:
    values = whole(head)
    if values.dtype.kind == "f":
        as_pixels(values, head)
    return values


def _truths(head: Head, truth: str) -> NDArray[Any]:
    truths = as_truths(whole(head), head, truth)
    if truth == "labels":
        return truths
    return (truths[:, None] if truths.ndim == 3 else truths).astype(np.float32, copy=False)
