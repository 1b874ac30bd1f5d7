"""Files without labels, as the samples of a declaration whose targets aren't known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.base.errors import DataError
from spikegraph.base.memory import require_memory
from spikegraph.base.nearest import listed
from spikegraph.data.array_files import SUFFIXES as SUFFIXES_OF_ARRAYS
from spikegraph.data.array_files import heads, whole
from spikegraph.data.events.coding import coding_of
from spikegraph.data.events.formats import suffixes
from spikegraph.data.events.published_sets import open_as
from spikegraph.data.hdf5 import printable
from spikegraph.data.image_file import SUFFIXES, read_rgb
from spikegraph.data.images import pixels
from spikegraph.data.named_arrays import OFFSETS, head_in, names_in, told
from spikegraph.data.own_layout import bounds_of
from spikegraph.data.sample import Sample
from spikegraph.data.source import Samples
from spikegraph.dsl.schema.arrays import ArrayFiles
from spikegraph.dsl.schema.class_datasets import OwnArrays
from spikegraph.dsl.schema.dataset import GIVEN
from spikegraph.dsl.schema.sample_type import AugmentError
from spikegraph.dsl.spec import Dataset

ARRAYS = ".npz"

INPUTS, IMAGES = "inputs", 3
"""The array of a file that has the samples, where the data set names no other, and its axes if they are grey images [N, H, W].
"""

PIXELS = "store uint8, which is divided by 255, or floating-point numbers, which are taken as they are"


class Files(Samples):
    """The samples of files.

    Attributes:
        found: The samples.
    """

    def __init__(self, found: Sequence[Sample]) -> None:
        self.found = tuple(found)

    @override
    def __len__(self) -> int:
        return len(self.found)

    @override
    def sample(self, index: int) -> Sample:
        return self.found[index]

    @override
    def place(self, index: int) -> Path | None:
        return Path(self.found[index].name)


def unlabelled(dataset: Dataset, path: Path, channels: int) -> Iterator[Sample]:
    """The samples of a file, as those of a declaration are before `augment`; they have no targets.

    Args:
        dataset: The declaration that the network was trained on.
        path: An image, a recording of events, or a `.npz`, `.npy` or HDF5 file with the array that the declaration calls its
            inputs, or else `inputs` [N, ...]; of sequences of different lengths [sum of T, ...], with the array `offsets`; of
            networks with several inputs a `.npz` file with an array of each name.
        channels: The channels of the network's input, from which follows whether colours are made grey.

    Raises:
        DataError: The file is missing or damaged, or isn't of this kind.
    """
    if path.is_dir():
        raise DataError("it is a folder", path, "name its files, such as `DIR/*.png`")
    if not path.is_file():
        raise DataError("there is no such file", path)
    events, name = dataset.events(), path.name.lower()
    inputs = (*dataset.views, *dataset.beside())
    if len(inputs) > 1:
        if name.endswith(ARRAYS) and set(inputs) <= set(heads(path)):
            yield from _by_name(dataset, path, inputs)
            return
        named = listed(inputs, last="and")
        two = events is not None and events.cameras > 1
        why = "the network takes recordings of two cameras" if two else f"the network has the inputs {named}"
        give = f"give {ARRAYS} files with the arrays {named} [N, ...]"
        raise DataError(why, path, give if events is None else f"use `spikegraph stream RUN RECORDING`, or {give}")
    if events is not None and name.endswith(suffixes()) and not (name.endswith(ARRAYS) and INPUTS in heads(path)):
        if events.rectified:
            why = "the network takes rectified events, for which a recording has no map"
            raise DataError(why, path, "use `spikegraph stream RUN SEQUENCE`")
        found = [coding_of(events).encoded(open_as(dataset.source, path))]
    elif name.endswith(SUFFIXES_OF_ARRAYS):
        found = _arrays(dataset, path)
    elif not dataset.timed and name.endswith(SUFFIXES):
        image = read_rgb(path)
        found = [pixels(_grey(image) if _channels(dataset, channels) == 1 else image)]
    else:
        kinds = "" if dataset.timed else f"images ({', '.join(SUFFIXES)}), or "
        kinds = kinds if events is None else f"recordings ({', '.join(suffixes())}), or "
        help = f"give {kinds}{ARRAYS} files with `{INPUTS}`"
        raise DataError(f"the network was trained on samples of `{dataset.name}`, which this file isn't", path, help)
    for k, values in enumerate(found):
        called = str(path) if len(found) == 1 else f"{path}[{k}]"
        yield Sample({dataset.views[0]: values}, np.zeros(0), called, len(values) if dataset.timed else None)


def file_of(name: str) -> Path:
    """The file of a sample, by the name that `unlabelled` gives it; of several in a file it ends with the sample's number."""
    return Path(re.sub(rf"(?i)({'|'.join(map(re.escape, SUFFIXES_OF_ARRAYS))})\[\d+\]$", r"\1", name))


def of_array(dataset: Dataset, value: NDArray[Any], name: str) -> Sample:
    """A sample that is given in Python: an image [C, H, W], numbers [C, ...], or with time steps [T, C, ...].

    Args:
        dataset: The declaration that the network was trained on.
        value: Floating-point numbers; or an image of uint8, which is divided by 255.
        name: Its name.

    Raises:
        DataError: It is an image of other whole numbers, which the training refuses.
    """
    image = not dataset.timed and value.ndim == IMAGES
    if image:
        _require_pixels(dataset, value.dtype, name, None)
    ready = pixels(value.transpose(1, 2, 0)) if image else value.astype(np.float32)
    return Sample({dataset.views[0]: ready}, np.zeros(0), name, len(value) if dataset.timed else None)


def _require_pixels(dataset: Dataset, kind: np.dtype[Any], who: str, path: Path | None) -> None:
    """Refuses images of whole numbers other than uint8 where the training refused them."""
    taken = kind.kind == "f" or kind == np.uint8 or (kind.kind == "u" and dataset.source in GIVEN)
    if dataset.task_name == Dataset.usual_task and not taken:
        raise DataError(f"{who} has images of the type {kind}", path, PIXELS)


def _channels(dataset: Dataset, wanted: int) -> int:
    """The channels of an image before `augment` that has these behind it."""
    try:
        return 3 if dataset.augmented((3, None, None))[0] == wanted else 1
    except AugmentError:
        return 1


def _grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The brightness [H, W, 1] of colours [H, W, 3], with the weights of ITU-R BT.601."""
    return np.round(image @ np.array([0.299, 0.587, 0.114]))[..., None].astype(np.uint8)


def _by_name(dataset: Dataset, path: Path, inputs: Sequence[str]) -> Iterator[Sample]:
    """The samples of a file with an array [N, ...] for each input, with time steps [N, T, ...], as the network takes them."""
    held = heads(path)
    axes = 2 if dataset.timed else 1
    first = held[inputs[0]]
    for name in inputs:
        head = held[name]
        if len(head.shape) <= axes or head.kind.kind not in "fiub" or not head.shape[0]:
            what = f"`{name}` has the shape {list(head.shape)} and the type {head.kind}"
            raise DataError(what, path, f"store numbers {'[N, T, ...]' if dataset.timed else '[N, ...]'}")
        if head.shape[:axes] != first.shape[:axes]:
            what = f"`{inputs[0]}` has the shape {list(first.shape)}, and `{name}` {list(head.shape)}"
            raise DataError(what, path, f"store as many samples{' and time steps' * dataset.timed} of each")
        require_memory(head.bytes, f"`{name}`", path)
    arrays = {name: whole(held[name]) for name in inputs}
    for k in range(first.shape[0]):
        called = str(path) if first.shape[0] == 1 else f"{path}[{k}]"
        yield Sample(
            {name: values[k] for name, values in arrays.items()}, np.zeros(0), called, first.shape[1] if dataset.timed else None
        )


def _arrays(dataset: Dataset, path: Path) -> Sequence[NDArray[Any]]:
    """The samples [N, ...] of a file: images as the declaration says, everything else as it is."""
    held, usual = [""], [""]
    if path.suffix.lower() != ".npy":
        own = [dataset.inputs] if isinstance(dataset, ArrayFiles) and dataset.inputs != INPUTS else []
        held, usual = names_in(path), [*own, INPUTS]
    chosen = next((name for name in usual if name in held), None)
    if chosen is None:
        names = ", ".join(f"`{printable(name)}`" for name in held) or "none"
        raise DataError(f"it has no array {listed(usual)}, but {names}", path, f"store the samples as `{INPUTS}` [N, ...]")
    head = head_in(path, chosen)
    named = told(head)
    if len(head.shape) < 2 or head.kind.kind not in "fiub":
        raise DataError(f"{named} has the shape {list(head.shape)} and the type {head.kind}", path, "store numbers [N, ...]")
    if not head.shape[0]:
        raise DataError(f"{named} has no sample", path, "store one or more, [N, ...]")
    require_memory(head.bytes, named, path)
    values = whole(head)
    ends = next((name for name in (_offsets(dataset), OFFSETS) if name in held), None)
    if dataset.timed and ends is not None:
        return [values[first:end] for first, end in bounds_of(head_in(path, ends), head)]
    if dataset.timed and values.ndim < IMAGES:
        help = f"store [N, T, ...], or [sum of T, ...] with the array `{OFFSETS}` in a .npz or HDF5 file"
        raise DataError(f"{named} has the shape {list(head.shape)}, but samples have time steps", path, help)
    if dataset.timed or values.ndim < IMAGES or not dataset.pixels:
        return list(values)
    _require_pixels(dataset, values.dtype, named, path)
    if values.ndim == IMAGES:
        return [pixels(each[..., None]) for each in values]
    return [pixels(each if dataset.pixels == "last" else each.transpose(1, 2, 0)) for each in values]


def _offsets(dataset: Dataset) -> str | None:
    """The name of the array that says where each sequence begins, if the declaration has one."""
    return dataset.offsets if isinstance(dataset, OwnArrays) else None
