"""Error messages and exit statuses for exceptions that a command raises."""

import sys
import traceback

import click

from spikegraph.analysis.out_of_memory import is_out_of_memory, out_of_memory, place, running
from spikegraph.base.errors import FAILED, WRONG_INPUT, WRONG_USAGE, InputError, Interrupted, UserError
from spikegraph.base.file_errors import fix
from spikegraph.base.record import record
from spikegraph.base.visible import visible_name
from spikegraph.cli.diagnostics import report
from spikegraph.cli.settings import Settings
from spikegraph.cli.streams import discard, notice

INTERRUPTED, CLOSED = 130, 141
"""Exit statuses: after Ctrl-C, and after the reader of standard output closed the pipe."""


@record
class _Failure:
    status: int
    summary: str
    help: str | None = None
    code: str | None = None
    details: tuple[str, ...] = ()


def print_failure(error: Exception, settings: Settings) -> int:
    """Print the error on one line and its fix on the next; return the exit status."""
    from spikegraph.dsl.diagnostics import SpecError  # noqa: PLC0415 (it is imported already where it was raised)

    if settings.debug:
        notice("".join(traceback.format_exception(error)).rstrip())
    if isinstance(error, SpecError):
        report(error.diagnostics, settings)
        return WRONG_INPUT
    failure = _expected(error) or _of_plugin(error) or _internal_error(error)
    word = "error" if failure.code is None else f"error[{failure.code}]"
    if isinstance(error, Interrupted):
        notice(failure.summary)
    else:
        notice(f"{word}: {failure.summary}", red=word if settings.colored(sys.stderr) else "")
    for line in failure.details:
        notice(f"  {line}")
    if failure.help is not None:
        notice(f"help: {failure.help}")
    return failure.status


def failure_line(error: Exception) -> str:
    """The error on one line, with its details."""
    from spikegraph.dsl.diagnostics import SpecError  # noqa: PLC0415 (it is imported already where it was raised)

    if isinstance(error, SpecError):
        return str(error).splitlines()[0]
    failure = _expected(error) or _of_plugin(error) or _internal_error(error)
    return failure.summary + (f": {'; '.join(failure.details)}" if failure.details else "")


def print_usage(error: click.ClickException) -> None:
    """Print wrong usage as click does, wrapped; without arguments, the command's help."""
    if type(error).show not in (click.UsageError.show, click.ClickException.show):
        try:
            error.show()  # without arguments, it shows the help
        except OSError:
            discard(sys.stderr)
        return
    if isinstance(error, click.UsageError) and error.ctx is not None:
        notice(f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} {error.ctx.help_option_names[-1]}' for help.\n")
    text = error.format_message()
    # Names of strangers have no line ends; the choices of a missing parameter are on lines of their own.
    notice(f"Error: {text if isinstance(error, click.MissingParameter) else visible_name(text)}")


def _expected(error: Exception) -> _Failure | None:
    """A failure that the user can fix."""
    from spikegraph.plugins.local_files import culprit  # noqa: PLC0415 (only for the message)

    match error:
        case UserError():
            found = culprit(error)
            details = error.details if found is None else (*error.details, found.where)
            return _Failure(error.status, error.message, error.help, error.code, details)
        case InputError():
            node = running(error)
            summary = f"the data don't fit the network{'' if node is None else f' at {place(node)}'}: {error}"
            return _Failure(WRONG_INPUT, summary, "change the network, or the data set so that samples have what it needs")
        case Interrupted():
            return _Failure(error.status, str(error))
        case OSError() if error.filename is not None:
            status = WRONG_USAGE if isinstance(error, FileNotFoundError | NotADirectoryError) else FAILED
            return _Failure(status, f"{visible_name(error.filename)}: {error.strerror or error}", fix(error))
        case OSError() if fix(error) is not None:
            return _Failure(FAILED, error.strerror or str(error), fix(error))
        case _ if is_out_of_memory(error):
            return _expected(out_of_memory(error))
        case _:
            return None


def _of_plugin(error: Exception) -> _Failure | None:
    """A failure in the code of a plug-in."""
    from spikegraph.plugins.local_files import culprit  # noqa: PLC0415 (only for the message)

    found = culprit(error)
    return None if found is None else _Failure(FAILED, found.summary, "correct the plug-in; --debug shows the traceback")


def _internal_error(error: Exception) -> _Failure:
    text, node = " ".join(str(error).split()), running(error)
    where = "" if node is None else f" at {place(node)}"
    summary = f"internal error{where} ({type(error).__name__}{f': {text}' if text else ''})"
    return _Failure(FAILED, summary, "please report it with the spec and the output of the same command with --debug")
