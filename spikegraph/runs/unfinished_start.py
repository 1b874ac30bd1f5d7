"""What a start of a run leaves that was killed before it wrote the manifest."""

from collections.abc import Collection
from pathlib import Path

from spikegraph.base.files import PART
from spikegraph.runs.lock_file import NAME as LOCK


def startable(path: Path, folders: Collection[Path], texts: Collection[Path]) -> bool:
    """Whether a run can start in a folder: it is missing or empty, or holds only what an unfinished start leaves.

    Texts count only beside all of the empty folders, which are made before them, so that nobody's own files are replaced.

    Args:
        path: The run's folder.
        folders: The folders that a start makes in it.
        texts: The files that it writes before the manifest.
    """
    if not path.exists():
        return True
    found = {entry for entry in path.iterdir() if entry.name != LOCK and not PART.fullmatch(entry.name)}
    made = {folder for folder in folders if folder.is_dir() and not any(folder.iterdir())}
    return found <= made | (set(texts) if len(made) == len(folders) else set())
