"""Checks the files of arrays in a folder, as `source = arrays` and `source = maps` read them, in pieces of bounded size."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.data import hdf5
from spikegraph.data.array_files import HDF5, SUFFIXES, Head, heads, pieces
from spikegraph.data.own_array_checks import check_values
from spikegraph.data.own_arrays import Pair, images_form, require_fit
from spikegraph.data.own_files import TEST

INPUTS, TARGETS = "images", "labels"
"""The names of arrays that a spec reads which names none."""


def array_files(folder: Path) -> list[Path]:
    """The files of arrays in a folder, not in those below it."""
    return sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in SUFFIXES and not p.name.startswith("."))


def arrays_of(path: Path, notes: list[str], *, declared: bool = False) -> Iterator[DataError]:
    """What is wrong with a file; an array `images` with `labels` is checked as a spec reads it that says nothing else.

    Args:
        path: The file.
        notes: Gets a line for each array, with its shape.
        declared: Which arrays a spec reads is known, and checked elsewhere.
    """
    try:
        if path.suffix.lower() in HDF5:
            with hdf5.open_file(path) as file:
                shapes = hdf5.contents(file, path)
                kinds = {name: file[name].dtype for name in (INPUTS, TARGETS) if name in shapes}
            held: Mapping[str, Head] = {name: Head(path, name, tuple(shapes[name]), kind) for name, kind in kinds.items()}
            notes += [f"{path.name}: {name} {shape}" for name, shape in shapes.items()]
        else:
            held = heads(path)
            notes += [f"{path.name}:{' ' * bool(n)}{hdf5.printable(n)} {list(head.shape)}" for n, head in held.items()]
            for head in held.values():
                for _ in pieces(head):  # also compares the checksums of archives
                    pass
        if not declared and INPUTS in held and TARGETS in held:
            pair = Pair(held[INPUTS], held[TARGETS])
            images_form(pair, "last")
            require_fit([pair])
            check_values([pair], TEST, 0)
    except DataError as error:
        yield error
