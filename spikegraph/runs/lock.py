"""The lock of a run's folder: one process at a time writes a run.

The owner holds a lock of the operating system on the file `.lock` in the folder, which names it. The lock ends with the
process, however that ends, so nothing has to be removed after a crash.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from spikegraph.base.errors import InUseError, RunFolderError
from spikegraph.base.reading import read_plain
from spikegraph.base.surface import argument
from spikegraph.runs.lock_file import LONGEST, NAME, NO_LOCKS, locks, owner_in, require_plain

_TRIES, _PAUSE_S = 50, 0.01
"""How often and at which interval an owner's name is read, because it writes its name after it has the lock."""

_LOOKS = 5
"""How often the lock is tried at that interval, because somebody may just look at it."""

_held: set[int] = set()
"""The files of this process's locks, as descriptors."""


def _leave_to_parent() -> None:
    """In a forked process: closes the copies of the parent's locks, which would outlive the parent."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


@contextmanager
def owned(folder: Path, notice: Callable[[str], None]) -> Generator[None]:
    """Owns a folder inside the block; the folder must exist.

    Args:
        folder: The folder of a run.
        notice: Is told if the system has no locks; then nothing is locked.

    Raises:
        InUseError: Another process owns it.
        RunFolderError: The file can't be written.
    """
    path = folder / NAME
    try:
        descriptor = _acquire(path)
    except OSError as error:
        raise RunFolderError(f"can't be locked: {error.strerror or error}", path=path) from error
    if descriptor is None:
        notice(f"note: there are no file locks for {folder}; make sure that no other process writes into it")
        yield
        return
    _held.add(descriptor)
    process = os.getpid()
    try:
        _write_owner(descriptor)
        yield
    finally:
        if os.getpid() == process:
            # Removed while it is locked: whoever opened it before sees that it is gone, and opens the next one.
            path.unlink(missing_ok=True)
            _held.discard(descriptor)
            os.close(descriptor)


def _acquire(path: Path) -> int | None:
    """The locked file; None where the system or the file system has no locks."""
    fcntl = locks()
    if fcntl is None:
        return None
    looks = 0
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
        kept = False
        try:
            require_plain(descriptor, path)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            kept = _is_at(descriptor, path)  # if not, the owner has just removed this file
            if kept:
                return descriptor
        except BlockingIOError:
            looks += 1
            if looks > _LOOKS and path.exists():
                raise _in_use(path) from None
            time.sleep(_PAUSE_S)
        except OSError as error:
            if error.errno in NO_LOCKS:
                return None
            raise
        finally:
            if not kept:
                os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file still has its name."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), found)


def _write_owner(descriptor: int) -> None:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    text = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "started": started})
    with suppress(OSError):  # a full disk: the folder is locked all the same, only its owner isn't named
        os.ftruncate(descriptor, 0)
        os.write(descriptor, text.encode())


def _in_use(path: Path) -> InUseError:
    """The error for a folder that another process owns."""
    owner = None
    for _ in range(_TRIES):
        with suppress(OSError):
            owner = owner_in(read_plain(path, LONGEST))
        if owner is not None:
            break
        time.sleep(_PAUSE_S)
    who = "another process" if owner is None else owner
    return InUseError(
        f"{path.parent} is in use by {who}", f"wait until it ends, or choose another folder with {argument('out')}"
    )
