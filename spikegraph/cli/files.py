"""Files that are written whole or not at all."""

import os
import stat
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Writes a text under a temporary name beside `path`, and renames it.

    A link is followed, and a file that was there keeps its permissions. What is no plain file, such as a pipe or a terminal,
    is written into as it is.

    Raises:
        OSError: The folder isn't there or can't be written into, or the disk is full; the old file is as it was.
    """
    target = Path(os.path.realpath(path))
    mode = target.stat().st_mode if target.exists() else None
    if mode is not None and not stat.S_ISREG(mode):
        target.write_text(text, encoding="utf-8", newline="")
        return
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            part.chmod(stat.S_IMODE(mode))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
