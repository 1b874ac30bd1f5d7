"""Folders that a run or `spikegraph predict` has written. They may lie beside data, and hold none."""

from collections.abc import Collection, Iterator
from pathlib import Path

PREDICTIONS = "predictions.csv"
"""The table of predictions."""

PICTURE_BY = "spikegraph predict"
"""What pictures of predicted maps have as their software, in a text beside the pixels."""

PARTS = ("train", "test"), ("train", "val")
"""Folders of parts, of which a folder has both."""

_RUN = ("manifest.json", "resolved.sdhs")
"""Files that every run has."""

_DEEPEST = 3
"""Levels of folders below a given one in which runs are looked for, such as `runs/sweep/lr=0.01/seed-0` in `runs`."""


def written(folder: Path) -> str | None:
    """What is in a folder that spikegraph has written: `runs` or `predictions`; None for any other folder."""
    if any(all((path.parent / name).is_file() for name in _RUN) for path in _below(folder, _RUN[0])):
        return "runs"
    return "predictions" if _is_table(folder / PREDICTIONS) or _has_maps(folder) else None


def passed_over(folder: Path, classes: Collection[str] = ()) -> tuple[str, ...]:
    """Notes of the folders of a folder, and of its parts, that spikegraph has written, which those of `classes` aren't."""
    parts = {name: None for pair in PARTS if all((folder / name).is_dir() for name in pair) for name in pair}
    known = {*classes, *parts}
    return tuple(
        f"{entry.relative_to(folder).as_posix()}/ is passed over: it holds {what}"
        for root in (folder, *(folder / name for name in parts))
        for entry in sorted(root.iterdir())
        if entry.name not in known and (what := written(entry))
    )


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


def _is_table(path: Path) -> bool:
    """Whether a file is a table of predictions, by its first line."""
    return path.is_file() and b",prediction" in _start(path).partition(b"\n")[0]


def _has_maps(folder: Path) -> bool:
    """Whether it has a predicted map: a numbered array, and a picture of the same name that says who made it."""
    pictures = (path.with_suffix(".png") for path in folder.glob("[0-9][0-9][0-9][0-9]*-*.npy"))
    return any(PICTURE_BY.encode() in _start(path) for path in pictures if path.is_file())


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024)
