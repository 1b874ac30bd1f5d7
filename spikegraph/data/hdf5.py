"""Opens HDF5 files and their data sets; every problem is a `DataError`."""

from pathlib import Path

import h5py

from spikegraph.errors import DataError


def open_file(path: Path) -> h5py.File:
    """Open a file for reading.

    Raises:
        DataError: The file is missing, damaged, or not HDF5.
    """
    if not path.is_file():
        raise DataError("no such file", path)
    try:
        return h5py.File(path, "r")
    except OSError as error:
        if "truncated" in str(error):
            summary, fix = "the HDF5 file is truncated", "copy or download it again"
        elif path.stat().st_size == 0:
            summary, fix = "the file is empty", "copy or download it again"
        elif isinstance(error, PermissionError):
            summary, fix = "no permission to read the file", None
        else:
            summary, fix = f"this is not an HDF5 file ({error})", None
        raise DataError(summary, path, fix) from error


def dataset(file: h5py.File, path: Path, name: str, shape: tuple[int | None, ...]) -> h5py.Dataset:
    """The numeric data set `name` of a file.

    Args:
        file: The open file.
        path: The file's path, for messages.
        name: Name of the data set, such as `davis/left/events`.
        shape: Expected shape; None accepts any length.

    Raises:
        DataError: The data set is missing, damaged or non-numeric, or has another shape.
    """
    try:
        found = file.get(name)
    except (OSError, RuntimeError, KeyError) as error:
        raise DataError(f"`{name}` can't be read: {error}", path) from error
    if found is None:
        raise DataError(f"there is no `{name}`", path, _nearest(file, name))
    if not isinstance(found, h5py.Dataset):
        raise DataError(f"`{name}` is a group, not a data set", path)
    expected = "[" + ", ".join("any" if n is None else str(n) for n in shape) + "]"
    fits = len(found.shape) == len(shape) and all(n is None or n == m for n, m in zip(shape, found.shape, strict=True))
    if not fits:
        raise DataError(f"`{name}` has the shape {list(found.shape)}, expected {expected}", path)
    if found.dtype.kind not in "fiu":
        raise DataError(f"`{name}` holds {found.dtype}, not numbers", path)
    return found


def _nearest(file: h5py.File, name: str) -> str | None:
    """Lists the deepest existing group on the way to `name`."""
    group, parts = file, name.split("/")
    where = "the file"
    for depth, part in enumerate(parts):
        below = group.get(part)
        if not isinstance(below, h5py.Group):
            break
        group, where = below, f"`{'/'.join(parts[: depth + 1])}`"
    held = ", ".join(sorted(group.keys()))
    return f"{where} holds {held}" if held else f"{where} is empty"
