"""Files that are written whole or not at all."""

import os
import stat
from pathlib import Path


def write_whole(path: Path, content: bytes | str) -> None:
    """Writes a file under a temporary name in its folder, has it on the disk, and renames it.

    A reader finds the old content or the new one, also after a crash at any moment. A link is followed, and a file that was
    there keeps its permissions. Something other than a plain file, such as a pipe or a terminal, is written into directly.

    Raises:
        OSError: The folder doesn't exist, can't be written into, or the disk is full; the old file is unchanged.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(Path(os.path.realpath(path)), data)
    except OSError as error:
        # The user knows `path`, and not the temporary name or what a link leads to.
        raise OSError(error.errno, error.strerror, str(path)) from error


def _replace(target: Path, data: bytes) -> None:
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            part.chmod(mode)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Has the new name on the disk too, where the system can open a folder."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
