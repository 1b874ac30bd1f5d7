"""A run of a sweep, in a process of its own: `python -m spikegraph.cli.child ARGUMENTS` is `spikegraph ARGUMENTS`.

Standard input is a socket to the parent. If the parent ends, however that happens, the run is saved and ends too. If the run
fails, the parent gets its error.
"""

import json
import os
import signal
import socket
import sys
from contextlib import suppress
from threading import Thread

from spikegraph.base.errors import FAILED, DivergedError, RunFolderError, UserError
from spikegraph.cli.entry import run
from spikegraph.cli.failures import failure_line


def main() -> None:
    """Runs the command of this process's arguments."""
    parent = socket.socket(fileno=os.dup(0))
    Thread(target=_end_with, args=(parent,), daemon=True).start()

    def failed(error: Exception) -> None:
        with suppress(OSError):  # the parent has ended
            parent.send(json.dumps({"message": failure_line(error)[:1000], "may_be_retried": may_be_retried(error)}).encode())

    sys.exit(run(sys.argv[1:], failed))


def may_be_retried(error: Exception) -> bool:
    """Whether another try may succeed: not if the error comes from what the run computes or from what it was given."""
    match error:
        case DivergedError():
            return False
        case RunFolderError():
            return isinstance(error.__cause__, OSError)  # such as a full disk
        case UserError():
            return error.status == FAILED
        case _:
            from spikegraph.dsl.diagnostics import SpecError  # noqa: PLC0415 (it is imported already where it was raised)

            return not isinstance(error, SpecError | FileNotFoundError | NotADirectoryError)


def _end_with(parent: socket.socket) -> None:
    """Waits for the end of the parent, and ends this process as SIGTERM does it."""
    with suppress(OSError):
        while parent.recv(1):
            pass
    # Nobody reads any more what is printed, and a broken pipe must not keep the run from being saved.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
