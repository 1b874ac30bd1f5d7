"""The specs of a project's folder."""

import os
from pathlib import Path

MOST_FILES = 2000
"""Most files of a folder that are searched for uses of a name."""


def specs(root: Path) -> list[Path]:
    """The specs of a folder, without those in hidden folders."""
    found: list[Path] = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in ("node_modules", "__pycache__")
        )
        found += [Path(folder) / name for name in sorted(files) if name.endswith(".sdhs")]
        if len(found) >= MOST_FILES:
            break
    return found[:MOST_FILES]
