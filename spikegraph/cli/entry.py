"""Runs the program: from the arguments to the exit status."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from spikegraph.base.notices import shown_by
from spikegraph.base.surface import command_line
from spikegraph.cli.failures import CLOSED, INTERRUPTED, print_failure, print_usage
from spikegraph.cli.group import RaisedError, cli
from spikegraph.cli.settings import Settings
from spikegraph.cli.streams import Closed, OutputClosedError, discard, escape_others, is_closed, notice


def run(arguments: Sequence[str], failed: Callable[[Exception], None] | None = None) -> int:
    """Run a command and return the program's exit status.

    0: success. 1: the spec or the data are wrong, or a check failed. 2: wrong usage, such as a path that doesn't exist. 3:
    failure while running. 130, 143, 129: ended by Ctrl-C, SIGTERM or SIGHUP.

    Args:
        arguments: The command line, without the program's name.
        failed: Is told the error of a command that fails, before it is printed.
    """
    if sys.stdout is None:  # the caller closed it
        sys.stdout = Closed()
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (open until the process ends)
    escape_others()
    settings = Settings.of(tuple(arguments), os.environ)
    with command_line(), shown_by(notice):
        return _run(arguments, settings, failed)


def _run(arguments: Sequence[str], settings: Settings, failed: Callable[[Exception], None] | None) -> int:
    try:
        status = cli.main(list(arguments), prog_name="spikegraph", standalone_mode=False, obj=settings)
    except click.NoSuchOption as error:
        from spikegraph.cli.unknown_options import explained  # noqa: PLC0415 (only for the message)

        print_usage(explained(error, arguments))
        return error.exit_code
    except click.ClickException as error:
        print_usage(error)
        return error.exit_code
    except click.Abort:
        notice("interrupted")
        return INTERRUPTED
    except OutputClosedError:
        return CLOSED
    except Exception as raised:  # noqa: BLE001 (the outermost frame: prints every error)
        error = raised.error if isinstance(raised, RaisedError) else raised
        if isinstance(error, BrokenPipeError) and is_closed(sys.stdout):
            discard(sys.stdout)
            return CLOSED
        if failed is not None:
            failed(error)
        return print_failure(error, settings)
    return status if isinstance(status, int) else 0
