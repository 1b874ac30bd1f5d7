"""Deprecated spellings of commands and options: a table, and the rewriting of a command line to today's spellings."""

from collections.abc import Mapping, Sequence

from spikegraph.cli.streams import notice
from spikegraph.plugins.deprecated import Spelling

COMMANDS: tuple[Spelling, ...] = ()
"""Commands under their old names."""

OPTIONS: Mapping[str, tuple[Spelling, ...]] = {}
"""By command, options under their old names, such as `Spelling("--folder", "--out", "0.2", "0.3")`."""


def with_new_spellings(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    """A command line, from the command on, with today's spellings; prints a warning for each that is deprecated.

    Returns:
        The arguments, and what is wrong with a spelling that was removed, or None.
    """
    command, *rest = arguments
    found: list[Spelling] = []

    def new(text: str, table: Sequence[Spelling]) -> str:
        spelling = next((one for one in table if text == one.old), None)
        found.extend(() if spelling is None else (spelling,))
        return text if spelling is None else spelling.new

    changed = [new(command, COMMANDS)]
    table = OPTIONS.get(changed[0], ())
    end = rest.index("--") if "--" in rest else len(rest)
    for argument in rest[:end]:
        option, equals, value = argument.partition("=")
        changed.append(f"{new(option, table)}{equals}{value}")
    for spelling in found:
        if spelling.is_removed:
            return [*changed, *rest[end:]], f"{spelling}; {spelling.fix}"
        notice(f"warning: {spelling}; {spelling.fix}")
    return [*changed, *rest[end:]], None
