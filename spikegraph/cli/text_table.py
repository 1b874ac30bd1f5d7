"""Plain-text tables and lists that fit the terminal."""

import sys
from collections.abc import Sequence

from spikegraph.base.terminal import columns, lines_of, wrapped
from spikegraph.base.visible import visible

GAP = 2
"""Blanks between two columns."""

LEAST_TEXT, LEAST_CELL = 24, 8
"""Least widths: of a column of sentences, and of one whose cells are cut."""

Row = Sequence[str]


def table(rows: Sequence[Row], right: Sequence[int] = (), *, drop: Sequence[int] = (), wrap: int | None = None) -> str:
    """Rows as aligned columns.

    On a terminal that is too narrow, columns are left out, and a line below the table names them. If it is too narrow for the
    others too, the texts of the column `wrap` are wrapped, or else the longest cells are cut in the middle.

    Args:
        rows: Cells; all rows have the same length, the first is the header.
        right: Indices of right-aligned columns.
        drop: Indices of columns that may be left out, the first to go first.
        wrap: Index of a column of sentences.
    """
    rows = [[visible(cell) for cell in row] for row in rows]
    width, kept = columns(sys.stdout), list(range(len(rows[0])))
    for column in drop:
        if not _too_wide(rows, kept, wrap, width):
            break
        kept.remove(column)
    gone = [rows[0][i] for i in range(len(rows[0])) if i not in kept]
    shown = [[row[i] for i in kept] for row in rows]
    if width is not None:
        shown = _narrowed(shown, width, None if wrap is None else kept.index(wrap))
    text = _aligned(shown, [kept.index(i) for i in right if i in kept])
    return text + wrapped(f"left out to fit {width} columns: {', '.join(gone)}\n", width) if gone else text


def fields(pairs: Sequence[tuple[str, str]]) -> str:
    """Lines of `name  value` with aligned values; a value of several lines is indented, a long one is wrapped."""
    width = columns(sys.stdout)
    margin = max(len(name) for name, _ in pairs) + GAP
    lines: list[str] = []
    for name, value in ((visible(name), visible(value)) for name, value in pairs):
        parts = value.split("\n")
        if width is not None:
            parts = [line for part in parts for line in lines_of(part, max(width - margin, 1))]
        lines += [f"{name if number == 0 else '':<{margin}}{part}".rstrip() for number, part in enumerate(parts)]
    return "\n".join(lines) + "\n"


def fits(rows: Sequence[Row]) -> bool:
    """True if all columns of a table fit the terminal."""
    return not _too_wide(rows, range(len(rows[0])), None, columns(sys.stdout))


def _widths(rows: Sequence[Row]) -> list[int]:
    return [max(len(line) for row in rows for line in row[i].split("\n")) for i in range(len(rows[0]))]


def _too_wide(rows: Sequence[Row], kept: Sequence[int], wrap: int | None, width: int | None) -> bool:
    widths = _widths(rows)
    needed = [min(widths[i], LEAST_TEXT) if i == wrap else widths[i] for i in kept]
    return width is not None and sum(needed) + GAP * (len(needed) - 1) > width


def _narrowed(rows: Sequence[Row], width: int, wrap: int | None) -> list[list[str]]:
    """The rows, made narrow enough: first the column of sentences, then the widest of the others."""
    found = [list(row) for row in rows]
    for number in range(len(rows[0])):
        widths = _widths(found)
        excess = sum(widths) + GAP * (len(widths) - 1) - width
        if excess <= 0:
            break
        sentences = number == 0 and wrap is not None
        column = wrap if sentences and wrap is not None else widths.index(max(widths))
        room = max(widths[column] - excess, LEAST_CELL)
        for row in found:
            row[column] = _fit(row[column], room, sentences)
    return found


def _fit(cell: str, room: int, sentences: bool) -> str:
    if sentences:
        return "\n".join(lines_of(cell, room))
    if len(cell) <= room:
        return cell
    end = (room - 1) // 2
    return cell[: room - 1 - end] + "…" + cell[len(cell) - end :]


def _aligned(rows: Sequence[Row], right: Sequence[int]) -> str:
    widths = _widths(rows)
    lines: list[str] = []
    for row in rows:
        cells = [cell.split("\n") for cell in row]
        for number in range(max(map(len, cells))):
            parts = [c[number] if number < len(c) else "" for c in cells]
            texts = [p.rjust(w) if i in right else p.ljust(w) for i, (p, w) in enumerate(zip(parts, widths, strict=True))]
            lines.append((" " * GAP).join(texts).rstrip())
    return "\n".join(lines) + "\n"
