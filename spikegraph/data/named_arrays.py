"""Finds the arrays that a declaration names in their files."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from spikegraph.base.errors import DataError
from spikegraph.base.surface import argument
from spikegraph.data import array_files, hdf5
from spikegraph.data.array_files import HDF5, KINDS, Head, heads
from spikegraph.dsl.schema.arrays import FILES_HELP, ArrayFiles
from spikegraph.dsl.schema.class_datasets import OwnArrays
from spikegraph.dsl.schema.names import leads_out

Declared = TypeVar("Declared", bound=ArrayFiles)

USUAL = (("images", "labels"), ("inputs", "targets"))
"""Names of inputs and truths where a declaration gives none: the first pair that the file has."""

OFFSETS = "offsets"
"""The array [N + 1] that says where each sequence begins, if `inputs` are [sum of T, ...]."""

FLAT = 2
"""Axes of inputs with offsets: all steps of all sequences, and their features."""


def as_named(dataset: Declared, folder: Path) -> Declared:
    """A declaration with the names that its file has, where it names no arrays itself.

    Raises:
        DataError: The file is damaged, or has offsets of one part alone.
    """
    named = dataset.inputs, dataset.targets
    if dataset.file is None or not any(name in USUAL[0] for name in named) or leads_out(dataset.file):
        return dataset
    path = folder / dataset.file
    if not path.is_file() or path.suffix.lower() not in (*HDF5, ".npz"):
        return dataset
    held = names_in(path)
    found = _found(named, held)
    made = dataset if found == named else replace(dataset, inputs=found[0], targets=found[1])
    if isinstance(made, OwnArrays) and made.time_steps and made.offsets is None:
        has = found == USUAL[1] and OFFSETS in held
        if _have_offsets(path, found[0], made.test_inputs, made.test_offsets, has=has):
            return replace(made, offsets=OFFSETS)
    return made


def _have_offsets(path: Path, inputs: str, test: str | None, test_offsets: str | None, *, has: bool) -> bool:
    """Whether the inputs have the offsets that a file `has`.

    Raises:
        DataError: The test inputs lack theirs, or only they have some.
    """
    if not has and test_offsets is not None:
        raise DataError("only the test inputs have offsets", path, "name those of the inputs with `offsets`")
    if has and test is not None and test_offsets is None:
        if len(head_in(path, inputs).shape) != FLAT:
            return False
        summary = f"`{OFFSETS}` say where sequences begin, but the test inputs have none"
        raise DataError(summary, path, "name theirs with `test_offsets`, or leave out `test_inputs` to have the test set drawn")
    return has


def _found(named: tuple[str, str], held: Collection[str]) -> tuple[str, str]:
    if named == USUAL[0]:
        return next((pair for pair in USUAL if all(name in held for name in pair)), named)
    inputs, targets = (
        other if name == usual and name not in held and other in held else name
        for name, usual, other in zip(named, *USUAL, strict=True)
    )
    return inputs, targets


def told(head: Head, row: int | None = None) -> str:
    """The name of an array for messages, or of a row of it: a `.npy` file is named by its own."""
    return f"`{hdf5.printable(head.name or head.path.name)}{'' if row is None else f'[{row}]'}`"


def head_of(folder: Path, declared: str | None, name: str) -> Head:
    """What the file of an array claims of it.

    Args:
        folder: The folder of the data.
        declared: The file of all arrays, in the folder; None where each has a `.npy` file.
        name: The name of the array, or its file.

    Raises:
        DataError: The file or the array is missing or damaged.
    """
    file = name if declared is None else declared
    if leads_out(file):
        raise DataError(
            f"`{file}` isn't in the folder of the data",
            folder,
            f"name a file in it, or give its folder with {argument('data', 'DIR')}",
        )
    path = folder / file
    if not path.is_file():
        raise DataError("there is no such file", path, "name it with `file`, relative to the folder of the data")
    suffix = path.suffix.lower()
    if suffix not in (*HDF5, ".npz", ".npy") or (suffix == ".npy") != (declared is None):
        raise DataError("arrays are read from .npz and HDF5 files, or from .npy files", path, FILES_HELP)
    if suffix != ".npy" and name not in (held := names_in(path)):
        shown = ", ".join(f"`{hdf5.printable(one)}`" for one in sorted(held)[:20]) or "none"
        raise DataError(f"it has no array `{name}`", path, f"name one that it has with `inputs` and `targets`: {shown}")
    return head_in(path, name)


def names_in(path: Path) -> list[str]:
    """The names of the arrays of a .npz or HDF5 file.

    Raises:
        DataError: The file is missing or damaged.
    """
    if path.suffix.lower() not in HDF5:
        return array_files.names(path)
    with hdf5.open_file(path) as file:
        return list(hdf5.contents(file, path))


def head_in(path: Path, name: str) -> Head:
    """What a .npz or HDF5 file claims of an array that it has, or a .npy file of its only one.

    Raises:
        DataError: The file or the array is damaged.
    """
    suffix = path.suffix.lower()
    if suffix not in HDF5:
        return heads(path)[""] if suffix == ".npy" else heads(path, name)[name]
    with hdf5.open_file(path) as file:
        shape = tuple(hdf5.contents(file, path)[name])
        found = hdf5.dataset(file, path, name, (None,) * len(shape), KINDS)
        hdf5.require_stored(found, path, name)
        return Head(path, name, shape, found.dtype)
