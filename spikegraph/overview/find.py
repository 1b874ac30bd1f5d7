"""Finds the runs in a folder."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

MANIFEST = "manifest.json"
"""A folder with this file is a run."""

DEEPEST = 5
"""Levels of folders below the given one in which runs are looked for: `sweep/lr=0.01/seed-0` is at the third."""


def find_runs(folder: Path, notice: Callable[[str], None] = lambda _: None) -> list[Path]:
    """The runs in a folder, by name; the folder itself if it is a run.

    Nothing inside a run is looked at, nor hidden folders. A link counts if it leads to a run that isn't found without it.

    Args:
        folder: The folder.
        notice: Is told which folders can't be read.

    Raises:
        OSError: The folder can't be read.
    """
    if _is_run(folder):
        return [folder]
    os.scandir(folder).close()
    links: list[Path] = []
    found = list(_inside(folder, DEEPEST, links, notice))
    if links:
        known = {os.path.realpath(path) for path in found}
        for link in links:
            real = os.path.realpath(link)
            if real not in known:
                known.add(real)
                found.append(link)
    return sorted(found)


def _inside(folder: Path, levels: int, links: list[Path], notice: Callable[[str], None]) -> Iterator[Path]:
    """The runs below a folder; links to runs are added to `links`."""
    try:
        with os.scandir(folder) as entries:
            folders = [entry for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
    except OSError as error:
        notice(f"warning: not searched: {folder}: {error.strerror or error}")
        return
    for entry in folders:
        path = folder / entry.name
        if _is_run(path):
            if entry.is_symlink():
                links.append(path)
            else:
                yield path
        elif levels > 1 and not entry.is_symlink():
            yield from _inside(path, levels - 1, links, notice)


def _is_run(folder: Path) -> bool:
    return os.path.lexists(f"{folder}/{MANIFEST}")
