"""What the program says, and how it ends, when something went wrong while a command ran."""

import sys
import traceback
from dataclasses import dataclass

from spikegraph.cli.diagnostics import report
from spikegraph.cli.settings import Settings
from spikegraph.cli.streams import say
from spikegraph.errors import FAILED, WRONG_SPEC, Interrupted, UserError

INTERRUPTED, CLOSED = 130, 141
"""Exit statuses; the second is that of a program whose reader has gone."""


@dataclass(frozen=True)
class _Failure:
    status: int
    summary: str
    help: str | None = None
    code: str | None = None


def tell(error: Exception, settings: Settings) -> int:
    """Prints the error in one line and the fix in another; returns the exit status."""
    from spikegraph.dsl.diagnostics import SpecError  # noqa: PLC0415 (it is imported already where it was raised)

    if settings.debug:
        traceback.print_exception(error)
    if isinstance(error, SpecError):
        report(error.diagnostics, settings)
        return WRONG_SPEC
    failure = _known(error) or _defect(error)
    word = "error" if failure.code is None else f"error[{failure.code}]"
    if settings.colored(sys.stderr):
        word = f"\x1b[1;31m{word}\x1b[0m"
    say(f"{word}: {failure.summary}" if failure.status != INTERRUPTED else failure.summary)
    if failure.help is not None:
        say(f"help: {failure.help}")
    return failure.status


def _known(error: Exception) -> _Failure | None:
    """Errors that a user can fix."""
    match error:
        case UserError():
            return _Failure(error.status, error.message, error.help, error.code)
        case Interrupted():
            return _Failure(INTERRUPTED, str(error))
        case OSError() if error.filename is not None:
            return _Failure(FAILED, f"{error.filename}: {error.strerror or error}")
        case MemoryError():
            return _Failure(FAILED, "the memory is too small", "a smaller batch or crop needs less")
        case _:
            return _out_of_memory(error)


def _out_of_memory(error: Exception) -> _Failure | None:
    """A device's memory that is too small; torch is imported wherever it can be."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(error, torch.OutOfMemoryError):
        return None
    help = "a smaller batch or crop needs less, and so does --precision bf16"
    return _Failure(FAILED, "the device's memory is too small", help)


def _defect(error: Exception) -> _Failure:
    text = " ".join(str(error).split())
    summary = f"a defect of spikegraph: {type(error).__name__}{f': {text}' if text else ''}"
    return _Failure(FAILED, summary, "run the same with --debug, and report what it prints with the spec")
