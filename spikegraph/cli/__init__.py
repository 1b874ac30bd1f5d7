"""The command line: `spikegraph COMMAND ...`, one file for each command.

Only click is imported before a command runs; what a command needs, its function imports.
"""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """The entry point of the program; ends the process with the command's status."""
    from spikegraph.cli.entry import run  # noqa: PLC0415 (importing the package for one of its parts stays cheap)

    sys.exit(run(sys.argv[1:]))
