"""One call of the program, from its arguments to its status."""

import os
from collections.abc import Sequence

import click

from spikegraph.cli.failures import CLOSED, INTERRUPTED, tell
from spikegraph.cli.group import cli
from spikegraph.cli.settings import Settings
from spikegraph.cli.streams import OutputClosedError, say


def run(arguments: Sequence[str]) -> int:
    """Runs a command and gives the status of the program.

    0: done. 1: the spec is wrong, or a check failed. 2: wrong usage. 3: it failed while running. 130: interrupted.
    """
    settings = Settings.of(tuple(arguments), os.environ)
    try:
        status = cli.main(list(arguments), prog_name="spikegraph", standalone_mode=False, obj=settings)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        say("interrupted")
        return INTERRUPTED
    except OutputClosedError:
        return CLOSED
    except Exception as error:  # noqa: BLE001 (the outermost frame: whatever it is, it is told and not swallowed)
        return tell(error, settings)
    return status if isinstance(status, int) else 0
