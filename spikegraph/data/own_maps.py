"""Reads samples of one's own with a target for each pixel from arrays: .npz and HDF5 files with named arrays, or .npy files."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.base.errors import DataError
from spikegraph.data.array_files import Head, whole
from spikegraph.data.content_hash import of_samples
from spikegraph.data.drawn import drawn
from spikegraph.data.folders import needed
from spikegraph.data.named_arrays import as_named
from spikegraph.data.own_array_checks import check_inputs, check_numbers
from spikegraph.data.own_arrays import Pair, as_pixels, as_targets, pairs_of, told
from spikegraph.data.sample import About, Sample
from spikegraph.data.source import Read, Samples
from spikegraph.dsl.schema.map_datasets import OwnMaps

LARGEST_LABEL = 255
"""The largest label; those above the network's classes mean that a pixel has none."""


@dataclass(frozen=True)
class ArrayMaps(Samples):
    """Samples in memory with a target for each pixel.

    Attributes:
        inputs: [N, C, H, W] or [N, T, C, H, W]; uint8 without time steps is divided by 255.
        targets: Labels [N, H, W], flows [N, 2, H, W], depths [N, 1, H, W], or numbers [N, K, H, W].
        task: `labels`, `flow`, `depth` or `map`.
        classes: Names of the labels.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    task: str
    classes: tuple[str, ...] = ()

    @override
    def __len__(self) -> int:
        return len(self.inputs)

    @property
    @override
    def about(self) -> About:
        return About(self.classes)

    @override
    def sample(self, index: int) -> Sample:
        held, target = self.inputs[index], self.targets[index]
        timed = held.ndim == 4
        scale = np.float32(255 if held.dtype == np.uint8 and not timed else 1)
        inputs = {"events" if timed else "image": held.astype(np.float32) / scale}
        kind = np.int64 if self.task == "labels" else np.float32
        return Sample(inputs, target.astype(kind), steps=len(held) if timed else None)

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
    found = pairs_of(dataset, folder, partial(_form, dataset))
    parts = [(_inputs(pair.inputs), _truths(dataset, pair.targets)) for pair in found]
    where = folder if dataset.file is None else folder / dataset.file
    if len(parts) == 1:
        inputs, targets = parts[0]
        held = _held_out(dataset, len(inputs), where)
        parts = [(inputs[part], targets[part]) for part in (~held, held)]
    classes = _classes([targets for _, targets in parts]) if dataset.truth == "labels" else ()
    train, test = (ArrayMaps(*part, dataset.truth, classes) for part in parts)
    return Read(train, test, f"arrays ({where})")


def _classes(truths: list[NDArray[Any]]) -> tuple[str, ...]:
    """The names of the labels: their numbers, up to the largest that isn't 255."""
    found = max((int(truth[truth != LARGEST_LABEL].max(initial=0)) for truth in truths), default=0)
    return tuple(map(str, range(found + 1)))


def check_maps(dataset: OwnMaps, folder: Path) -> None:
    """Checks what `read` checks, in pieces, so that it takes little memory.

    Raises:
        DataError: As `read`.
    """
    dataset = as_named(dataset, folder)
    found = pairs_of(dataset, folder, partial(_form, dataset))
    check_inputs(found)
    check_numbers(found, partial(_known, dataset))
    if len(found) == 1:
        _held_out(dataset, found[0].inputs.shape[0], folder if dataset.file is None else folder / dataset.file)


def _known(dataset: OwnMaps, truths: NDArray[Any], head: Head) -> NDArray[Any]:
    """The truths of a piece that count.

    Raises:
        DataError: They aren't labels, or numbers of a map are infinite.
    """
    _require_labels(dataset, truths, head)
    if dataset.truth == "map":
        return as_targets(truths, head)
    return truths[truths != LARGEST_LABEL] if dataset.truth == "labels" else truths


def _held_out(dataset: OwnMaps, count: int, where: Path) -> NDArray[np.bool_]:
    """Which of the samples are for the test.

    Raises:
        DataError: There is only one.
    """
    if count < 2:
        raise DataError(f"`{dataset.inputs}` has one sample; one is for training and one for the test", where)
    held = np.zeros(count, np.bool_)
    held[sorted(drawn(None, 0, count, dataset.test, dataset.split_seed, where))] = True
    return held


def _form(dataset: OwnMaps, pair: Pair) -> None:
    """Checks that a pair has the form of inputs and their truths.

    Raises:
        DataError: It has another one.
    """
    values, truths = pair
    axes, form = (5, "[N, T, C, H, W]") if dataset.time_steps else (4, "[N, C, H, W]")
    if len(values.shape) != axes or not values.bytes or values.kind.kind not in "uif":
        other = (
            "" if len(values.shape) not in (4, 5) else f"write `time_steps = {'false' if dataset.time_steps else 'true'}`, or "
        )
        summary = f"{told(values)} has the shape {list(values.shape)} and the type {values.kind}; inputs are numbers {form}"
        raise DataError(summary, values.path, f"{other}store them so")
    _form_of_truths(dataset, values, truths)


def _form_of_truths(dataset: OwnMaps, values: Head, truths: Head) -> None:
    leads: dict[str, list[tuple[int, ...]]] = {
        "labels": [()],
        "flow": [(2,)],
        "depth": [(), (1,)],
        "map": [(), truths.shape[1:2]],
    }
    possible = [(values.shape[0], *lead, *values.shape[-2:]) for lead in leads[dataset.truth]]
    if truths.shape not in possible:
        summary = f"{told(truths)} has the shape {list(truths.shape)} for inputs {list(values.shape)}"
        raise DataError(summary, truths.path, f"give {list(possible[0])}")
    if dataset.truth != "labels" and truths.kind.kind != "f":
        noun, unit = {"flow": ("flows", " of pixels"), "depth": ("depths", " of metres"), "map": ("numbers", "")}[dataset.truth]
        summary = f"{told(truths)} has {noun} of the type {truths.kind}"
        raise DataError(summary, truths.path, f"store floating-point numbers{unit}")


def _inputs(head: Head) -> NDArray[Any]:
    values = whole(head)
    if values.dtype.kind == "f":
        as_pixels(values, head)
    return values


def _truths(dataset: OwnMaps, head: Head) -> NDArray[Any]:
    truths = whole(head)
    _require_labels(dataset, truths, head)
    if dataset.truth == "map":
        truths = as_targets(truths, head)
    return truths[:, None] if dataset.truth != "labels" and truths.ndim == 3 else truths


def _require_labels(dataset: OwnMaps, truths: NDArray[Any], head: Head) -> None:
    if dataset.truth != "labels":
        return
    if truths.dtype.kind not in "ui" or truths.min() < 0 or truths.max() > LARGEST_LABEL:
        help = f"store whole numbers from 0, and {LARGEST_LABEL} for pixels without a label"
        shown = f" from {truths.min()} to {truths.max()}" if truths.dtype.kind in "uif" else ""
        raise DataError(f"{told(head)} has labels of the type {truths.dtype}{shown}", head.path, help)
