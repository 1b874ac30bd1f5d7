"""A lock between processes that dies with its owner."""

import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

SECONDS_BETWEEN_TRIES = 0.1


class StillLockedError(OSError):
    """Another process holds the lock for too long."""


@contextmanager
def locked(path: Path, limit_s: float, waiting: Callable[[], None]) -> Generator[bool]:
    """Holds a lock, which the system releases when this process ends, however it ends.

    Args:
        path: The lock's file; made if it is missing, and never deleted.
        limit_s: How long to wait for another process, in seconds.
        waiting: Called once before waiting for another process.

    Yields:
        True if another process held the lock before.

    Raises:
        StillLockedError: Another process still holds it after `limit_s`.
        OSError: The file can't be made, or its file system has no locks.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        waited = not _take(descriptor)
        if waited:
            waiting()
            end = time.monotonic() + limit_s
            while not _take(descriptor):
                if time.monotonic() > end:
                    raise StillLockedError(f"another process holds {path} for more than {limit_s:g} s")
                time.sleep(SECONDS_BETWEEN_TRIES)
        yield waited
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    import fcntl  # noqa: PLC0415 (only on POSIX)

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
