"""`ended.json`: how the process of a run ended that isn't complete. It is gone while a process has the run."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic.dataclasses import dataclass

from spikegraph.base.errors import FAILED, Interrupted, UserError
from spikegraph.runs.json_file import STRICT, Count, write_record

NAME = "ended.json"
FORMAT_VERSION = 1

LONGEST = 1000
"""Most characters of a reason."""


@dataclass(frozen=True, config=STRICT)
class Ended:
    """The end of a run that isn't complete.

    Attributes:
        how: `failed`: by an error; `stopped`: by a signal, or behind a search without what follows, after which `--resume`
            continues.
        reason: The error, the signal, or that it was to search alone, on one line.
        status: The exit status of the program.
        time: When, in UTC, ISO 8601.
    """

    how: Literal["failed", "stopped"]
    reason: str
    status: Count
    time: str


@contextmanager
def recorded_end(folder: Path) -> Generator[None]:
    """Removes the record of the run's last end, and records an error that ends the block.

    A disk that is full has no room for the record either; then the error is only raised.

    Raises:
        OSError: The old record can't be removed.
    """
    path, process = folder / NAME, os.getpid()
    path.unlink(missing_ok=True)
    try:
        yield
    except BaseException as error:
        if os.getpid() == process:
            with suppress(OSError):
                write_record(path, described(error), FORMAT_VERSION)
        raise


def record_searched(folder: Path) -> Ended:
    """Records the end of a run that was to search alone; returns the record.

    Raises:
        OSError: The record can't be written.
    """
    ended = Ended("stopped", "after its search, as was asked", 0, datetime.now(UTC).isoformat(timespec="seconds"))
    write_record(folder / NAME, ended, FORMAT_VERSION)
    return ended


def described(error: BaseException) -> Ended:
    """The record of a run that an error ends."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    match error:
        case Interrupted():
            saved = ", the run is saved" if error.saved else ""
            return Ended("stopped", f"by {signal.Signals(error.number).name}{saved}", error.status, now)
        case KeyboardInterrupt():
            return Ended("stopped", "by a second signal", 128 + signal.SIGINT, now)
        case UserError():
            return Ended("failed", _line(error.message), error.status, now)
        case OSError() if error.filename is not None:
            return Ended("failed", _line(f"{error.filename}: {error.strerror or error}"), FAILED, now)
        case _:
            return Ended("failed", _line(f"{type(error).__name__}: {error}"), FAILED, now)


def _line(text: str) -> str:
    # A byte of a file's name that isn't text can't be written as JSON in UTF-8.
    return " ".join(text.encode(errors="backslashreplace").decode().split())[:LONGEST]
