"""Reads files that may come from anybody: plain files only, and never more than a limit."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_plain(path: Path) -> BinaryIO:
    """Opens a plain file. A pipe or a device, which may never end or never answer, is refused without waiting for it.

    Raises:
        OSError: The file can't be opened, or isn't a plain file.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.EINVAL, "it isn't a plain file", str(path))


def read_plain(path: Path, limit: int) -> bytes:
    """The content of a plain file.

    Raises:
        OSError: The file can't be opened, isn't a plain file, or has more than `limit` bytes.
    """
    with open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise OSError(errno.EFBIG, f"it has {size:,} bytes; at most {limit:,} are read", str(path))
        return file.read(size)
