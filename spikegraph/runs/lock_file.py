"""The file of a folder's lock, and whether a process holds it; `lock.py` takes it."""

from __future__ import annotations

import errno
import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from spikegraph.base.errors import RunFolderError

NAME = ".lock"
"""The file's name; it exists while a process owns the folder, and after a killed one."""

NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}
"""What a file system without locks answers."""

LONGEST = 4096
"""Most bytes of the file that are read."""


@dataclass(frozen=True)
class Owner:
    """A process that owns a folder, or owned it until it was killed.

    Attributes:
        pid: Its number on its host.
        host: The host's name.
        started: Since when, in UTC, ISO 8601.
    """

    pid: int
    host: str
    started: str

    def __str__(self) -> str:
        """The process in words, without characters that control a terminal."""
        return f"process {self.pid} on host {ascii(self.host)[1:-1]}, since {ascii(self.started)[1:-1]}"


@dataclass(frozen=True)
class Lock:
    """What a look at a lock shows.

    Attributes:
        held: A process holds it; None where there are no locks, so that nobody can know.
        owner: The process that the file names.
    """

    held: bool | None
    owner: Owner | None


def lock_of(folder: Path) -> Lock:
    """The lock of a folder right now: a process of this host may hold it, or one of a host that shares the file system's locks.

    Takes the lock for a moment, together with other readers; a process that begins to own the folder waits for that.

    Raises:
        RunFolderError: The file can't be read.
    """
    path = folder / NAME
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return Lock(False, None)
    except OSError as error:
        raise RunFolderError(f"can't be read: {error.strerror or error}", path=path) from error
    try:
        require_plain(descriptor, path)
        return Lock(_is_held(descriptor), owner_in(os.read(descriptor, LONGEST)))
    except OSError as error:
        raise RunFolderError(f"can't be read: {error.strerror or error}", path=path) from error
    finally:
        os.close(descriptor)


def locks() -> ModuleType | None:
    """The module `fcntl`; None on a system without it."""
    try:
        import fcntl  # noqa: PLC0415 (not on every system)
    except ImportError:
        return None
    return fcntl


def require_plain(descriptor: int, path: Path) -> None:
    """Refuses what isn't a file of its own: the owner's name must not be written into something else.

    Raises:
        RunFolderError: It is a link, a pipe or the like, or has a second name.
    """
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        raise RunFolderError("is not a plain file", "delete it", path=path)


def owner_in(data: bytes) -> Owner | None:
    """The process that a lock's file names; None while it doesn't name one yet."""
    with suppress(ValueError, KeyError, TypeError, RecursionError):
        found = json.loads(data)
        return Owner(int(found["pid"]), str(found["host"]), str(found["started"]))
    return None


def _is_held(descriptor: int) -> bool | None:
    fcntl = locks()
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError as error:
        if error.errno in NO_LOCKS:
            return None
        raise
    return False
