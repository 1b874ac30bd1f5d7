"""Files that can't be written: the error names the file, and each cause has a fix."""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

FIXES = {
    errno.ENOSPC: "free some space on its disk",
    errno.EDQUOT: "free some space: the quota of its disk is used up",
    errno.EFBIG: "raise the limit on the size of files (`ulimit -f`)",
    errno.EROFS: "choose a folder on a disk that can be written",
    errno.EACCES: "change its permissions or those of its folder, or choose another one",
    errno.EPERM: "change its permissions or those of its folder, or choose another one",
    errno.EIO: "check its disk",
    errno.EMFILE: "raise the limit on open files (`ulimit -n`)",
}
"""The fixes by the system's number of the error."""


def fix(error: OSError) -> str | None:
    """What the user can do about the error, if that is known."""
    return None if error.errno is None else FIXES.get(error.errno)


@contextmanager
def naming(path: Path | str) -> Generator[None]:
    """Gives errors of the system in the block the name of the file that the block writes.

    Raises:
        OSError: With the file's name.
    """
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
