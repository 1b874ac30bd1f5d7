"""Short texts of declarations, for `repr`: what a notebook prints fits a screen."""

from collections.abc import Iterable

MOST, LONGEST = 6, 60
"""Most names of a list, and most characters of each."""


def few(names: Iterable[str]) -> str:
    """Names in one line: `a, b, c and 3 more`."""
    cut = [name if len(name) <= LONGEST else f"{name[:LONGEST]}..." for name in names]
    return ", ".join(cut[:MOST]) + (f" and {len(cut) - MOST} more" if len(cut) > MOST else "")


def counted(count: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{count:,} {noun}{'s' if count != 1 else ''}"
