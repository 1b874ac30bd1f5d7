"""Plain-text tables."""

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Rows as aligned columns with two spaces between them.

    Args:
        rows: Cells; all rows have the same length, the first is the header.
        right: Indices of right-aligned columns.
    """
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def fields(pairs: Sequence[tuple[str, str]]) -> str:
    """Lines of `name  value` with aligned values; a value of several lines is indented."""
    width = max(len(name) for name, _ in pairs) + 2
    lines: list[str] = []
    for name, value in pairs:
        first, *rest = value.split("\n")
        lines += [f"{name:<{width}}{first}".rstrip(), *(f"{'':<{width}}{line}".rstrip() for line in rest)]
    return "\n".join(lines) + "\n"
