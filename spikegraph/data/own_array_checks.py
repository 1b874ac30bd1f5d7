"""Checks the values of arrays of one's own in pieces, so that it takes little memory: what a training would refuse."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data import array_files
from spikegraph.data.array_files import Head
from spikegraph.data.drawn import drawn
from spikegraph.data.own_arrays import Pair, as_pixels, as_texts, class_names, images_form, pairs_of, require_few
from spikegraph.data.trainable import SHOW, TARGETS, Range, constant_inputs, constant_targets, one_class, unknown_targets
from spikegraph.dsl.schema.class_datasets import OwnArrays

Known = Callable[[NDArray[Any], Head], NDArray[Any]]
"""The values of a piece of targets that count."""


def check_arrays(dataset: OwnArrays, folder: Path) -> None:
    """Checks what `read_arrays` checks, in pieces, so that it takes little memory.

    Raises:
        DataError: As `read_arrays`.
    """
    found = pairs_of(dataset, folder, partial(images_form, channels=dataset.channels))
    check_values(found, dataset.test, dataset.split_seed)


def check_values(pairs: Sequence[Pair], share: float, seed: int) -> None:
    """Checks the values of images and their labels, whose form was checked, in pieces.

    Args:
        pairs: The arrays for training, and those for the test if these aren't drawn.
        share: The share of each class that is drawn.
        seed: The seed with which it is drawn.

    Raises:
        DataError: A file is damaged, or values aren't images or labels of classes.
    """
    check_inputs(pairs)
    where = pairs[-1].targets.path
    counts = check_classes(pairs, where)
    if len(pairs) == 1:
        for number, (name, count) in enumerate(counts.items()):
            drawn(name, number, count, share, seed, where)


def check_classes(pairs: Sequence[Pair], where: Path, *, each_step: bool = False) -> Mapping[str, int]:
    """Counts the labels of each class, in pieces, in the order of the classes.

    Args:
        pairs: The arrays for training, and those for the test.
        where: The file that is named where all are one class.
        each_step: Whether each time step has a class.

    Raises:
        DataError: Labels aren't classes, or are too many, or those for training are all one class.
    """
    counts, training = Counter[str](), set[str]()
    for k, (_, targets) in enumerate(pairs):
        for piece in array_files.pieces(targets):
            counts.update(as_texts(piece, targets).tolist())
            require_few(counts, targets.path)
        training = training if k else set(counts)
    classes = class_names(counts, where)
    if len(training) == 1:
        (name,) = training
        number = classes.index(name)
        alike = constant_targets(Range(number, number), Range(number, number)) if each_step else None
        why, help = alike or (one_class(name), SHOW)
        raise DataError(f"sample 0: {why}", pairs[0].targets.path, help)
    return {name: counts[name] for name in classes}


def check_inputs(pairs: Sequence[Pair]) -> None:
    """Checks, in pieces, that inputs are finite, and that those for training aren't all one number.

    Raises:
        DataError: They are.
    """
    for k, (inputs, _) in enumerate(pairs):
        seen = Range()
        for piece in array_files.pieces(inputs):
            seen.add(as_pixels(piece, inputs) if piece.dtype.kind == "f" else piece)
        if not k and (why := constant_inputs([seen])) is not None:
            raise DataError(f"sample 0: {why}", inputs.path, SHOW)


def check_numbers(pairs: Sequence[Pair], known: Known) -> None:
    """Checks, in pieces, that each part has targets that are known, and that those for training aren't all one number.

    Args:
        pairs: The arrays for training, and those for the test.
        known: The values of a piece of targets that count.

    Raises:
        DataError: It isn't so.
    """
    for part, (_, targets) in zip(("training", "test"), pairs, strict=False):
        seen, labels = Range(), Range()
        for piece in array_files.pieces(targets):
            seen.add(known(piece, targets))
            if piece.dtype.kind in "iu":
                labels.add(piece)
        if not seen.known:
            raise DataError(f"sample 0: {unknown_targets(part)}", targets.path, TARGETS)
        if part == "training" and (why := constant_targets(seen, labels)) is not None:
            raise DataError(f"sample 0: {why[0]}", targets.path, why[1])
