"""Folders that a run or `spikegraph predict` has written. They may lie beside data, and hold none."""

from collections.abc import Iterator
from pathlib import Path

PREDICTIONS = "predictions.csv"
"""The table of predictions."""

_RUN = ("manifest.json", "resolved.sdhs")
"""Files that every run has."""

_DEEPEST = 3
"""Levels of folders below a given one in which runs are looked for, such as `runs/sweep/lr=0.01/seed-0` in `runs`."""


def written(folder: Path) -> str | None:
    """What is in a folder that spikegraph has written: `runs` or `predictions`; None for any other folder."""
    if any(all((path.parent / name).is_file() for name in _RUN) for path in _below(folder, _RUN[0])):
        return "runs"
    return "predictions" if (folder / PREDICTIONS).is_file() or _has_maps(folder) else None


def folders_of_data(folder: Path) -> list[Path]:
    """The folders in a folder that may hold data, by name: neither hidden ones nor those that spikegraph has written.

    Raises:
        OSError: The folder can't be read.
    """
    folders = (entry for entry in sorted(folder.iterdir()) if entry.is_dir() and not entry.name.startswith("."))
    return [entry for entry in folders if written(entry) is None]


def files_in_folders(folder: Path) -> Iterator[Path]:
    """The files in the folders of a folder that may hold data."""
    for entry in folders_of_data(folder):
        yield from entry.iterdir()


def _below(folder: Path, name: str) -> Iterator[Path]:
    for depth in range(_DEEPEST + 1):
        yield from folder.glob("*/" * depth + name)


def _has_maps(folder: Path) -> bool:
    """Whether it has predicted maps, numbered arrays with pictures of the same names."""
    return any(path.with_suffix(".png").is_file() for path in folder.glob("[0-9][0-9][0-9][0-9]-*.npy"))
