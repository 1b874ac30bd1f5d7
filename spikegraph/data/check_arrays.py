"""Checks the files of arrays in a folder, as `source = arrays` and `source = maps` read them, in pieces of bounded size."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.data import hdf5
from spikegraph.data.array_files import HDF5, SUFFIXES, Head, heads, pieces
from spikegraph.data.named_arrays import USUAL
from spikegraph.data.own_array_checks import check_classes, check_inputs, check_numbers, check_values
from spikegraph.data.own_files import TEST
from spikegraph.data.own_layout import Layout, of_images, require_fit


def array_files(folder: Path) -> list[Path]:
    """The files of arrays in a folder, not in those below it."""
    return sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in SUFFIXES and not p.name.startswith("."))


def arrays_of(path: Path, notes: list[str], *, declared: bool = False) -> Iterator[DataError]:
    """What is wrong with a file; an array `images` with `labels` is checked as a spec reads it that says nothing else.

    Of `inputs` with `targets`, of which only a spec says what they are, values are checked that no spec can train on.

    Args:
        path: The file.
        notes: Gets a line for each array, with its shape.
        declared: Which arrays a spec reads is known, and checked elsewhere.
    """
    try:
        if path.suffix.lower() in HDF5:
            with hdf5.open_file(path) as file:
                shapes = hdf5.contents(file, path)
                kinds = {name: file[name].dtype for pair in USUAL for name in pair if name in shapes}
            held: Mapping[str, Head] = {name: Head(path, name, tuple(shapes[name]), kind) for name, kind in kinds.items()}
            notes += [f"{path.name}: {name} {shape}" for name, shape in shapes.items()]
        else:
            held = heads(path)
            notes += [f"{path.name}:{' ' * bool(n)}{hdf5.printable(n)} {list(head.shape)}" for n, head in held.items()]
            for head in held.values():
                for _ in pieces(head):  # also compares the checksums of archives
                    pass
        for names in USUAL:
            if declared or not all(name in held for name in names):
                continue
            inputs, targets = map(held.__getitem__, names)
            if names == USUAL[0]:
                layouts = [of_images(inputs, targets, "last")]
                require_fit(layouts)
                check_values(layouts, "class", TEST, 0)
            else:
                _check_undeclared([Layout(inputs, targets)])
    except DataError as error:
        yield error


def _check_undeclared(layouts: Sequence[Layout]) -> None:
    """Checks inputs of numbers, and their targets, whatever these are.

    Raises:
        DataError: Inputs aren't finite or are all alike, or targets are.
    """
    if layouts[0].inputs.kind.kind not in "fiub":
        return
    check_inputs(layouts)
    if layouts[0].targets.kind.kind in "US":
        check_classes(layouts)
    elif layouts[0].targets.kind.kind in "fiub":
        check_numbers(layouts, "")
