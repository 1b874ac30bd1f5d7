"""Libraries stored in a private folder: only what this user wrote, and only as it was written, is loaded."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from spikegraph.base.cache import cache_folder
from spikegraph.base.files import write_whole
from spikegraph.compiled.compiler import NoCompilerError

HASH = ".sha256"
"""Ending of the file with a library's hash."""


def cache() -> Path:
    """The folder in the user's cache.

    Raises:
        NoCompilerError: The user has no home folder.
    """
    folder = cache_folder()
    if not folder.is_absolute():
        raise NoCompilerError(f"there is no home folder for the cache ({folder}): set XDG_CACHE_HOME")
    return folder / "native"


def temporary() -> Path:
    """The folder that is used if the cache can't be."""
    return Path(tempfile.gettempdir()) / f"spikegraph-{os.getuid()}"


def private(folder: Path) -> Path:
    """Makes a folder that only the user can enter; refuses one that others can enter or that belongs to somebody else.

    Raises:
        NoCompilerError: The folder isn't private.
        OSError: It can't be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise NoCompilerError(f"{folder} must be a folder of yours with mode 700: delete it, or set XDG_CACHE_HOME")
    return folder


def intact(library: Path) -> bool:
    """Returns true if a library is as this user wrote it, and only this user can write to it."""
    try:
        found = library.lstat()
        ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
        return ours and library.with_suffix(HASH).read_text(encoding="utf-8") == sha256(library.read_bytes())
    except (OSError, ValueError):
        return False


def store(content: bytes, library: Path) -> None:
    """Writes a library and its hash; both are on the disk before they get their names.

    Raises:
        OSError: A file can't be written.
    """
    for path, data in ((library.with_suffix(HASH), sha256(content).encode()), (library, content)):
        path.unlink(missing_ok=True)  # `write_whole` follows a link, and keeps the mode of a file
        write_whole(path, data)
        path.chmod(0o600)


def sha256(content: bytes) -> str:
    """The SHA-256 hash in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
