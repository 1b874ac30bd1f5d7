"""Error messages and exit statuses for exceptions that a command raises."""

import sys
import traceback
from dataclasses import dataclass

from spikegraph.cli.diagnostics import report
from spikegraph.cli.settings import Settings
from spikegraph.cli.streams import notice
from spikegraph.errors import FAILED, WRONG_SPEC, Interrupted, UserError

INTERRUPTED, CLOSED = 130, 141
"""Exit statuses: after Ctrl-C or a signal, and after the reader of standard output closed the pipe."""


@dataclass(frozen=True)
class _Failure:
    status: int
    summary: str
    help: str | None = None
    code: str | None = None


def print_failure(error: Exception, settings: Settings) -> int:
    """Print the error on one line and its fix on the next; return the exit status."""
    from spikegraph.dsl.diagnostics import SpecError  # noqa: PLC0415 (it is imported already where it was raised)

    if settings.debug:
        traceback.print_exception(error)
    if isinstance(error, SpecError):
        report(error.diagnostics, settings)
        return WRONG_SPEC
    failure = _expected(error) or _internal_error(error)
    word = "error" if failure.code is None else f"error[{failure.code}]"
    if settings.colored(sys.stderr):
        word = f"\x1b[1;31m{word}\x1b[0m"
    notice(f"{word}: {failure.summary}" if failure.status != INTERRUPTED else failure.summary)
    if failure.help is not None:
        notice(f"help: {failure.help}")
    return failure.status


def _expected(error: Exception) -> _Failure | None:
    """A failure that the user can fix."""
    match error:
        case UserError():
            return _Failure(error.status, error.message, error.help, error.code)
        case Interrupted():
            return _Failure(INTERRUPTED, str(error))
        case OSError() if error.filename is not None:
            return _Failure(FAILED, f"{error.filename}: {error.strerror or error}")
        case MemoryError():
            return _Failure(FAILED, "out of memory", "use a smaller batch or crop")
        case _:
            return _device_out_of_memory(error)


def _device_out_of_memory(error: Exception) -> _Failure | None:
    """Out of memory on a GPU, which can only happen after torch is imported."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(error, torch.OutOfMemoryError):
        return None
    return _Failure(FAILED, "the device is out of memory", "use a smaller batch or crop, or --precision bf16")


def _internal_error(error: Exception) -> _Failure:
    text = " ".join(str(error).split())
    summary = f"internal error ({type(error).__name__}{f': {text}' if text else ''})"
    return _Failure(FAILED, summary, "please report it with the spec and the output of the same command with --debug")
