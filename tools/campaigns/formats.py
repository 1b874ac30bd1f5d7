"""What the campaign `file_mutants` knows of a kind of file."""

import os
import random
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from spikegraph.cli.entry import run as command

RAN = "code-of-the-file-ran"
"""A folder that the code in a hostile file would make."""


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes:
        name: Name of the file.
        write: Its content, without damage.
        read: Reads the file at a path; raises only `error`.
        error: The documented error.
        hostile: Contents that the format allows and a stranger could mean badly; the argument decides which.
    """

    name: str
    write: Callable[[], bytes]
    read: Callable[[Path], object]
    error: type[Exception] | tuple[type[Exception], ...] = ()
    hostile: Callable[[random.Random], bytes] | None = None


class Evil:
    """An object whose pickle makes a file when it is loaded."""

    def __reduce__(self) -> Any:
        return os.mkdir, (RAN,)


def program(*arguments: str) -> Callable[[Path], str]:
    """Calls the program on the file; anything but an internal error is an answer."""

    def read(path: Path) -> str:
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = command([str(path) if a == "FILE" else a for a in arguments])
        told = err.getvalue()
        if status not in (0, 1, 2) or "internal error" in told or (status and not told) or len(told) > 100_000:
            return f"status {status}: {told[:300]}"
        return ""

    return read
