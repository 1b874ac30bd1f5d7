"""Files that are written whole or not at all."""

import os
import re
import stat
import threading
from collections.abc import Mapping
from pathlib import Path

PART = re.compile(r"\..+\.\d+(-\d+)?\.part")
"""The temporary names of all that is written here; the numbers are the process and the thread that wrote."""


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


def write_together(contents: Mapping[Path, bytes | str]) -> None:
    """Writes several files, each as `write_whole`; if one can't be written, the others are as they were.

    Raises:
        OSError: As `write_whole`.
    """
    begun: list[tuple[Path, Path]] = []
    try:
        for path, content in contents.items():
            real = Path(os.path.realpath(path))
            old = _part(real.with_name(f"old-{len(begun)}"))  # not its own name, which may be as long as names can be
            if real.is_file():
                keep(real, old)
            if real.is_file() or not real.exists():
                begun.append((real, old))
            write_whole(path, content)
    except BaseException:
        for real, old in begun:
            if old.exists():
                old.replace(real)
            else:
                real.unlink(missing_ok=True)
        raise
    finally:
        for _, old in begun:
            old.unlink(missing_ok=True)


def write_quickly(path: Path, content: bytes) -> None:
    """Writes a file under a temporary name in its folder and renames it, without waiting for the disk.

    A reader finds the whole content also if this process is killed. After the computer has lost power the file may be damaged,
    so it is for what can be made again and has a checksum.

    Raises:
        OSError: As `write_whole`.
    """
    part = _part(path)
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        part.unlink(missing_ok=True)


def keep(path: Path, name: Path) -> None:
    """Gives a file a second name, which another file may have had; on a file system without links it is copied.

    Raises:
        OSError: The folder can't be written into, or the disk is full.
    """
    part = _part(name)
    part.unlink(missing_ok=True)
    try:
        part.hardlink_to(path)
    except FileNotFoundError:
        raise
    except OSError:
        write_whole(name, path.read_bytes())
        return
    try:
        part.replace(name)
    finally:
        part.unlink(missing_ok=True)  # renaming does nothing if both are names of one file already


def remove_parts(folder: Path) -> None:
    """Removes the temporary files that killed processes left in a folder and in those below it."""
    for path in folder.rglob(".*.part"):
        if PART.fullmatch(path.name) and path.is_file():
            path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Has the new names in a folder on the disk too, where the system can open a folder."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(target: Path, data: bytes) -> None:
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    part = _part(target)
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
    sync_folder(target.parent)


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
