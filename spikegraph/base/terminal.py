"""The width of a terminal, and text that fits it."""

import os
import shlex
import sys
from collections.abc import Sequence
from typing import TextIO

NARROWEST, USUAL = 20, 80
"""Columns: the least that text is wrapped to, and those of a terminal that doesn't tell."""


def columns(stream: TextIO) -> int | None:
    """The number of columns that text to a stream may have; None, no limit, if the stream is not a terminal.

    `COLUMNS` in the environment comes first, also for files and pipes.
    """
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdecimal() and int(given):
        return max(NARROWEST, int(given))
    if not stream.isatty():
        return None
    try:
        found = os.get_terminal_size(stream.fileno()).columns
    except OSError:
        found = 0
    return max(NARROWEST, found or USUAL)


def wrapped(text: str, width: int | None, indent: int = 0) -> str:
    """A text whose lines have at most `width` columns; None leaves it as it is.

    The rest of a long line is indented like the line, by at least `indent` columns. A word that is longer than a line is
    broken.
    """
    if width is None or all(len(line) <= width for line in text.split("\n")):
        return text
    return "\n".join(part for line in text.split("\n") for part in lines_of(line, width, indent))


def lines_of(line: str, width: int, indent: int = 0) -> list[str]:
    """One line as lines of at most `width` columns, as `wrapped` does it."""
    from textwrap import wrap  # noqa: PLC0415 (only where a line is too long)

    if len(line) <= width:
        return [line]
    margin = len(line) - len(line.lstrip())
    rest = " " * min(margin + indent, width // 2)
    return wrap(line, width, subsequent_indent=rest, break_on_hyphens=False) or [""]


def reflowed(text: str, width: int | None) -> str:
    """Paragraphs of prose, wrapped anew to `width` columns; a paragraph with indented lines keeps its lines."""
    if width is None:
        return text
    paragraphs = text.split("\n\n")
    return "\n\n".join(wrapped(p if "\n " in p or p.startswith(" ") else " ".join(p.split("\n")), width) for p in paragraphs)


def command_line(arguments: Sequence[str], margin: int) -> str:
    """A command that can be pasted into a shell; on a terminal, with line breaks, each line `margin` columns narrower."""
    width, lines = columns(sys.stdout), [""]
    for argument in map(shlex.quote, arguments):
        longer = f"{lines[-1]} {argument}" if lines[-1] else argument
        if width is not None and lines[-1] and len(longer) + len(" \\") > width - margin:
            lines.append(f"  {argument}")
        else:
            lines[-1] = longer
    return " \\\n".join(lines)
