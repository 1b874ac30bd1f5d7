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
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", newline="")
        else:
            _replace(Path(os.path.realpath(path)), text)
    except OSError as error:
        # The user knows `path`, and not the temporary name or what a link leads to.
        raise OSError(error.errno, error.strerror, str(path)) from error


def _replace(target: Path, text: str) -> None:
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            part.chmod(mode)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
