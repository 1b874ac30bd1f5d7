"""What arrays of one's own are, before their values are read: those that a declaration names, in the form that it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.base.memory import require_memory
from spikegraph.data.array_files import Head, whole
from spikegraph.data.boxes import array_of_boxes
from spikegraph.data.named_arrays import head_of, told
from spikegraph.dsl.schema.class_datasets import OwnArrays
from spikegraph.dsl.schema.map_datasets import OwnMaps

VECTORS = 2
"""The axes of an array of vectors, [N, F]."""


@dataclass(frozen=True)
class Layout:
    """The arrays of the training or the test part, as their files claim them.

    Attributes:
        inputs: Those of the samples.
        targets: Their truths.
        images: Whether they are images with a class each.
        bounds: Where each sequence begins and ends in flat arrays, int64 [N, 2]; None if all are equally long.
        stepwise: Whether each time step has a target.
    """

    inputs: Head
    targets: Head
    images: bool = False
    bounds: NDArray[np.int64] | None = None
    stepwise: bool = False

    @property
    def count(self) -> int:
        """The number of samples."""
        return self.inputs.shape[0] if self.bounds is None else len(self.bounds)

    @property
    def place(self) -> Path:
        """The file that is named where there are too few samples."""
        return (self.targets if self.images else self.inputs).path


def layouts_of(dataset: OwnArrays | OwnMaps, folder: Path) -> list[Layout]:
    """The arrays for training, and those for the test if the declaration names them; of the right form, and not too large.

    Args:
        dataset: The declaration.
        folder: The folder of the files.

    Raises:
        DataError: A file or an array is missing, damaged, of another form, or too large for the memory.
    """
    ends = (dataset.offsets, dataset.test_offsets) if isinstance(dataset, OwnArrays) else (None, None)
    named = [(dataset.inputs, dataset.targets, ends[0])]
    if dataset.test_inputs is not None and dataset.test_targets is not None:
        named.append((dataset.test_inputs, dataset.test_targets, ends[1]))
    elif dataset.test_inputs is not None or dataset.test_targets is not None:
        raise DataError(
            "`test_inputs` and `test_targets` belong together", help="give both, or none to have the test set drawn"
        )
    head = partial(head_of, folder, dataset.file)
    held = [(head(inputs), head(targets), offsets) for inputs, targets, offsets in named]
    images = isinstance(dataset, OwnArrays) and dataset.plain_images and len(held[0][0].shape) > VECTORS
    found: list[Layout] = []
    for inputs, targets, offsets in held:
        try:
            if isinstance(dataset, OwnMaps):
                found.append(_of_maps(dataset, inputs, targets))
            elif images:
                found.append(of_images(inputs, targets, dataset.channels))
            else:
                found.append(_of_sequences(dataset, inputs, targets, None if offsets is None else head(offsets)))
        except DataError as error:
            raise array_of_boxes(targets) or error from error
    require_fit(found)
    return found


def file_of_labels(layouts: Sequence[Layout]) -> Path:
    """The file that is named where labels are of too many classes."""
    return layouts[-1 if layouts[0].images else 0].targets.path


def require_fit(layouts: Sequence[Layout]) -> None:
    """Checks that arrays fit the memory.

    Raises:
        DataError: They don't.
    """
    held = [head for layout in layouts for head in (layout.inputs, layout.targets)]
    require_memory(sum(head.bytes for head in held), " and ".join(map(told, held)), held[0].path)


def of_images(images: Head, labels: Head, channels: str) -> Layout:
    """Images and their labels.

    Raises:
        DataError: The arrays have another form.
    """
    form = "[N, H, W] or [N, H, W, C]" if channels == "last" else "[N, H, W] or [N, C, H, W]"
    if len(images.shape) not in (3, 4) or not images.bytes:
        raise DataError(f"{told(images)} has the shape {list(images.shape)}; images are {form}", images.path)
    if images.kind != np.uint8 and not np.issubdtype(images.kind, np.floating):
        help = "store uint8, which is divided by 255, or floating-point numbers, which are taken as they are"
        raise DataError(f"{told(images)} has numbers of the type {images.kind}", images.path, help)
    if labels.shape != images.shape[:1]:
        summary = f"{told(labels)} has the shape {list(labels.shape)} for {images.shape[0]} images"
        raise DataError(summary, labels.path, "give one label for each")
    if labels.kind.kind not in "iuUS":
        raise DataError(f"{told(labels)} has labels of the type {labels.kind}", labels.path, "store integers or texts")
    return Layout(images, labels, images=True)


def _of_sequences(dataset: OwnArrays, inputs: Head, targets: Head, offsets: Head | None) -> Layout:
    """Sequences, vectors or images, with targets of any task; with `offsets` sequences that are one after the other.

    Raises:
        DataError: The arrays have another form than the declaration says.
    """
    numbers, timed, own = dataset.task not in ("class", "step_class"), dataset.time_steps, dataset.own_task
    plain = (3, "[N, T, *size]") if timed else (2, "[N, F] or [N, H, W, C]")
    least, form = plain if offsets is None else (2, "[sum of T, *size]")
    if len(inputs.shape) < least or not inputs.bytes or inputs.kind.kind not in "fiub":
        summary = f"{told(inputs)} has the shape {list(inputs.shape)} and the type {inputs.kind}; inputs are numbers {form}"
        raise DataError(summary, inputs.path, f"store them so, or write `time_steps = {str(not timed).lower()}`")
    if targets.kind.kind not in ("fiub" if numbers else "iuUS"):
        wanted = "numbers" if numbers else "classes as whole numbers or texts"
        summary = f"{told(targets)} has the type {targets.kind}; targets are {wanted}"
        raise DataError(summary, targets.path, "change `task`, or the array")
    bounds = None if offsets is None else bounds_of(offsets, inputs)
    one, steps = (inputs.shape[:1], inputs.shape[:2]) if bounds is None else ((len(bounds),), inputs.shape[:1])
    each = targets.shape[: len(steps)] == steps and (one != steps if bounds is not None else len(targets.shape) == 3 and own)
    stepwise = dataset.task == "step_class" or (numbers and timed and each)
    lead = steps if stepwise else one
    if targets.shape[: len(lead)] != lead or (len(targets.shape) - len(lead) > numbers and own):
        summary = f"{told(targets)} has the shape {list(targets.shape)} for inputs {list(inputs.shape)}"
        more = [] if not numbers else ["K"] if own else ["..."]
        raise DataError(summary, targets.path, f"give [{', '.join(map(str, [*lead, *more]))}]")
    return Layout(inputs, targets, bounds=bounds, stepwise=stepwise)


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


def _of_maps(dataset: OwnMaps, inputs: Head, truths: Head) -> Layout:
    """Inputs with a truth for each pixel, or with targets of a plug-in's task.

    Raises:
        DataError: The arrays have another form than the declaration says.
    """
    timed, truth = dataset.time_steps, dataset.truth
    axes, form = (5, "[N, T, C, H, W]") if timed else (4, "[N, C, H, W]")
    if len(inputs.shape) != axes or not inputs.bytes or inputs.kind.kind not in "uif":
        other = f"write `time_steps = {str(not timed).lower()}`, or " if len(inputs.shape) in (4, 5) else ""
        summary = f"{told(inputs)} has the shape {list(inputs.shape)} and the type {inputs.kind}; inputs are numbers {form}"
        raise DataError(summary, inputs.path, f"{other}store them so")
    leads = {"labels": [()], "flow": [(2,)], "depth": [(), (1,)], "map": [(), truths.shape[1:2]]}.get(truth)
    ends = [truths.shape[1:]] if leads is None else [(*lead, *inputs.shape[-2:]) for lead in leads]
    possible = [(inputs.shape[0], *end) for end in ends]
    if truths.shape not in possible:
        summary = f"{told(truths)} has the shape {list(truths.shape)} for inputs {list(inputs.shape)}"
        raise DataError(summary, truths.path, f"give {list(possible[0])}")
    if truth != "labels" and truths.kind.kind not in ("f" if leads is not None else "fiub"):
        nouns = {"flow": ("flows", " of pixels"), "depth": ("depths", " of metres"), "map": ("numbers", "")}
        noun, unit = nouns.get(truth, ("targets", ""))
        summary = f"{told(truths)} has {noun} of the type {truths.kind}"
        raise DataError(summary, truths.path, f"store floating-point numbers{unit}")
    return Layout(inputs, truths)
