"""Output of commands: results go to standard output, everything else to standard error.

Texts may have names of strangers: here, in front of the terminal, control characters become visible.
"""

import errno
import io
import json
import os
import select
import sys
from contextlib import suppress
from typing import Any, TextIO

from spikegraph.base.terminal import columns, wrapped
from spikegraph.base.visible import visible, visible_json


class OutputClosedError(Exception):
    """The reader closed standard output, as `head` does. This isn't a failure."""


class Closed(io.TextIOBase):
    """Takes the place of standard output that the caller closed."""

    def write(self, text: str, /) -> int:
        """Fails as a closed file does."""
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def escape_others() -> None:
    r"""Has both streams write `\u2192`, and so on, for what their encoding lacks, such as ASCII."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors != "backslashreplace":
            with suppress(OSError):  # its descriptor has become one of a pipe since the stream was made, which changes nothing
                stream.reconfigure(errors="backslashreplace")


def out(text: str) -> None:
    """Print a result; adds a line break if it ends without one.

    Raises:
        OutputClosedError: The reader closed standard output.
        OSError: Standard output can't be written, such as a file on a full disk.
    """
    try:
        sys.stdout.write(visible(text if text.endswith("\n") else text + "\n"))
        sys.stdout.flush()
    except OSError as error:
        discard(sys.stdout)
        if isinstance(error, BrokenPipeError):
            raise OutputClosedError from error
        raise OSError(error.errno, error.strerror, "standard output") from error


def out_text(text: str) -> None:
    """Print a result for a person: lines that are too long for the terminal are wrapped.

    Raises:
        OutputClosedError: The reader closed standard output.
    """
    out(wrapped(text, columns(sys.stdout)))


def out_json(value: Any) -> None:
    """Print a result as indented JSON.

    Raises:
        OutputClosedError: The reader closed standard output.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    try:
        visible_json(text).encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2, allow_nan=False)
    out(visible_json(text))


def notice(text: str, *, red: str = "") -> None:
    """Print a line on standard error, wrapped if it is too long for the terminal; `red` is its start to print in red.

    If it is full or its reader closed it, there is nobody to tell; the exit status stays what it is.
    """
    shown = wrapped(visible(text), columns(sys.stderr), indent=2)
    if red:
        shown = f"\x1b[1;31m{red}\x1b[0m" + shown.removeprefix(red)
    try:
        print(shown, file=sys.stderr, flush=True)
    except OSError:
        discard(sys.stderr)


def is_closed(stream: TextIO) -> bool:
    """Whether a stream is a pipe whose reader is gone."""
    if sys.platform == "win32":
        return False  # it can't be asked
    asked = select.poll()
    with suppress(OSError, ValueError):  # it is none of the system's, or closed by the caller
        asked.register(stream.fileno(), 0)
        return bool(asked.poll(0))
    return False


def discard(stream: TextIO) -> None:
    """Discards what a stream that can't be written still holds: the interpreter flushes it at exit and would print an error."""
    with suppress(io.UnsupportedOperation):  # it holds nothing
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
