"""The command line: `spikegraph COMMAND ...`, one file for each command.

Only click is imported before a command runs; a command's function imports what the command needs.
"""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """The program's entry point. Ends the process with the command's exit status."""
    from spikegraph.cli.entry import run  # noqa: PLC0415 (importing the package for one of its parts stays cheap)
    from spikegraph.cli.launched import end  # noqa: PLC0415

    end(run(sys.argv[1:]))
