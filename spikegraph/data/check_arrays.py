"""Lists the arrays in the files of a folder, as `source = arrays` and `source = maps` read them."""

from pathlib import Path

import numpy as np

from spikegraph.data import hdf5
from spikegraph.data.own_arrays import DAMAGED, HDF5
from spikegraph.errors import DataError

SUFFIXES = (".npz", ".npy", *HDF5)


def array_files(folder: Path) -> list[Path]:
    """The files of arrays in a folder, not in those below it."""
    return sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in SUFFIXES and not p.name.startswith("."))


def arrays_of(path: Path) -> list[str]:
    """A line for each array of a file, with its shape.

    Raises:
        DataError: The file is damaged, or holds objects.
    """
    if path.suffix.lower() in HDF5:
        with hdf5.open_file(path) as file:
            return [f"{path.name}: {name} {shape}" for name, shape in hdf5.contents(file, path).items()]
    try:
        if path.suffix.lower() == ".npy":
            return [f"{path.name}: {list(np.load(path, allow_pickle=False).shape)}"]
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as held:
            return [f"{path.name}: {hdf5.printable(name)} {list(held[name].shape)}" for name in held.files]
    except DAMAGED as error:
        raise DataError(
            f"it can't be read: {error or type(error).__name__}", path, "write it again, without objects"
        ) from error
