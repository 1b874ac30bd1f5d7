"""What a command says: results on standard output, all else on standard error."""

import json
import os
import sys
from typing import Any


class OutputClosedError(Exception):
    """Whoever read the results has gone, as `head` does; nothing is wrong."""


def out(text: str) -> None:
    """A result, with a line end behind it where it has none.

    Raises:
        OutputClosedError: Nobody reads any more.
    """
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError as error:
        # The interpreter flushes once more when it ends, and would complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OutputClosedError from error


def out_json(value: Any) -> None:
    """A result as JSON, indented.

    Raises:
        OutputClosedError: Nobody reads any more.
    """
    out(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def say(text: str) -> None:
    """A line for the person at the terminal, on standard error."""
    print(text, file=sys.stderr, flush=True)
