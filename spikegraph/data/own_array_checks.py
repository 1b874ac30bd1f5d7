"""Checks the values of arrays of one's own in pieces, so that it takes little memory: what a training would refuse."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.data import array_files
from spikegraph.data.drawn import drawn
from spikegraph.data.named_arrays import as_named
from spikegraph.data.own_layout import Layout, file_of_labels, layouts_of
from spikegraph.data.own_values import LARGEST_LABEL, as_pixels, as_texts, as_truths, class_names, require_few
from spikegraph.data.trainable import SHOW, TARGETS, Range, constant_inputs, constant_targets, one_class, unknown_targets
from spikegraph.data.value_kinds import kind_of
from spikegraph.dsl.schema.class_datasets import OwnArrays
from spikegraph.dsl.schema.encodings import ValueKind


def check_arrays(dataset: OwnArrays, folder: Path) -> ValueKind:
    """Checks what reading and a training check, in pieces, so that it takes little memory. Returns the kind of the inputs.

    Raises:
        DataError: As `spikegraph.data.own_arrays.read`, or nothing can be learnt.
    """
    dataset = as_named(dataset, folder)
    return check_values(layouts_of(dataset, folder), dataset.task, dataset.test, dataset.split_seed)


def check_values(layouts: Sequence[Layout], task: str, share: float, seed: int) -> ValueKind:
    """Checks the values of arrays, whose form was checked, in pieces. Returns the kind of the inputs' values.

    Args:
        layouts: The arrays for training, and those for the test if these aren't drawn.
        task: What the targets are: `class`, `step_class` or `numbers`.
        share: The share of each class, or of all samples, that is drawn.
        seed: The seed with which it is drawn.

    Raises:
        DataError: A file is damaged, or values aren't those of the task.
    """
    kind = check_inputs(layouts)
    groups: Mapping[str | None, int] = {None: layouts[0].count}
    if task == "numbers":
        check_numbers(layouts, task)
    else:
        counts = check_classes(layouts, each_step=task == "step_class")
        groups = groups if task == "step_class" else {**counts}
    for number, (name, count) in enumerate(groups.items() if len(layouts) == 1 else ()):
        drawn(name, number, count, share, seed, layouts[0].place)
    return kind


def check_classes(layouts: Sequence[Layout], *, each_step: bool = False) -> Mapping[str, int]:
    """Counts the labels of each class, in pieces, in the order of the classes.

    Args:
        layouts: The arrays for training, and those for the test.
        each_step: Whether each time step has a class.

    Raises:
        DataError: Labels aren't classes, or are too many, or those for training are all one class.
    """
    counts, training = Counter[str](), set[str]()
    for k, of in enumerate(layouts):
        for piece in array_files.pieces(of.targets):
            counts.update(as_texts(piece, of.targets).tolist())
            require_few(counts, of.targets.path)
        training = training if k else set(counts)
    classes = class_names(counts, file_of_labels(layouts))
    if len(training) == 1:
        (name,) = training
        number = classes.index(name)
        alike = constant_targets(Range(number, number), Range(number, number)) if each_step else None
        why, help = alike or (one_class(name), SHOW)
        raise DataError(f"sample 0: {why}", layouts[0].targets.path, help)
    return {name: counts[name] for name in classes}


def check_inputs(layouts: Sequence[Layout]) -> ValueKind:
    """Checks, in pieces, that inputs are finite, and that those for training aren't all one number. Returns the kind of all.

    Raises:
        DataError: They are.
    """
    kind: ValueKind = "spike"
    for k, of in enumerate(layouts):
        seen = Range()
        for piece in array_files.pieces(of.inputs):
            values = as_pixels(piece, of.inputs) if piece.dtype.kind == "f" else piece
            seen.add(values)
            kind = kind_of((values,), kind)
        if not k and (why := constant_inputs([seen])) is not None:
            raise DataError(f"sample 0: {why}", of.inputs.path, SHOW)
    return kind


def check_numbers(layouts: Sequence[Layout], task: str) -> None:
    """Checks, in pieces, that each part has targets that are known, and that those for training aren't all one number.

    Args:
        layouts: The arrays for training, and those for the test.
        task: What the targets are, as of `spikegraph.data.own_values.as_truths`; empty if that isn't declared.

    Raises:
        DataError: It isn't so.
    """
    for part, of in zip(("training", "test"), layouts, strict=False):
        seen, labels = Range(), Range()
        for piece in array_files.pieces(of.targets):
            found = as_truths(piece, of.targets, task)
            seen.add(found[found != LARGEST_LABEL] if task == "labels" else found[found > 0] if task == "depth" else found)
            if piece.dtype.kind in "iu":
                labels.add(piece)
        if not seen.known:
            raise DataError(f"sample 0: {unknown_targets(part)}", of.targets.path, TARGETS)
        if part == "training" and (why := constant_targets(seen, labels)) is not None:
            raise DataError(f"sample 0: {why[0]}", of.targets.path, why[1])
