"""Tables in plain text."""

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Rows in columns, two blanks between them; the first row is the head.

    Args:
        rows: Cells; each row has as many.
        right: The columns that are flush right, as numbers are.
    """
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def fields(pairs: Sequence[tuple[str, str]]) -> str:
    """`name  value` lines, values in a column; lines after a value's first are put below it."""
    width = max(len(name) for name, _ in pairs) + 2
    lines: list[str] = []
    for name, value in pairs:
        first, *rest = value.split("\n")
        lines += [f"{name:<{width}}{first}".rstrip(), *(f"{'':<{width}}{line}".rstrip() for line in rest)]
    return "\n".join(lines) + "\n"
