"""The specs of a project's folder."""

import os
from collections import deque
from pathlib import Path

MOST_FILES = 2000
"""Most files of a folder that are searched for uses of a name."""

MOST_FOLDERS = 2000
"""Most folders in which they are looked for: a file without a project may lie in a home folder, or in that of a disk."""

_LEFT_OUT = ("node_modules", "__pycache__")


def specs(root: Path) -> list[Path]:
    """The specs of a folder and of those in it, the nearest first, without those in hidden folders."""
    found: list[Path] = []
    waiting = deque([root])
    for _ in range(MOST_FOLDERS):
        if not waiting or len(found) >= MOST_FILES:
            break
        try:
            with os.scandir(waiting.popleft()) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in inside:
            if not entry.is_dir(follow_symlinks=False):
                found += [Path(entry.path)] if entry.name.endswith(".sdhs") else []
            elif not entry.name.startswith(".") and entry.name not in _LEFT_OUT:
                waiting.append(Path(entry.path))
    return found[:MOST_FILES]
