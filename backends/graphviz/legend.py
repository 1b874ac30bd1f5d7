"""The legend below a diagram."""

from collections.abc import Sequence
from dataclasses import dataclass

from spikegraph.backends.graphviz.html_labels import font, label, table
from spikegraph.backends.graphviz.operation_label import Operation
from spikegraph.backends.graphviz.placement import text_width
from spikegraph.backends.graphviz.theme import Line, Theme

SAMPLE = 26
"""Width of a sample of a line."""

ROW = 15
"""Height of a row of a legend for a paper."""

WIDE = 460
"""Widest legend on a screen."""


@dataclass(frozen=True)
class Entry:
    """A sample of a line or box and its meaning.

    Attributes:
        sample: The sample, as HTML.
        meaning: Its explanation, as plain text.
    """

    sample: str
    meaning: str


def line_sample(line: Line, width: int = SAMPLE, *, upright: bool = False) -> str:
    """A sample of a line: the upper border of a table cell, both borders if the line is double, or an upright line."""
    border = max(1, round(line.width))
    if upright:
        return table([f'<TD FIXEDSIZE="TRUE" WIDTH="{border}" HEIGHT="11" BORDER="0" BGCOLOR="{line.colour}"></TD>'], padding=0)
    sides, height = "TB" if line.double else "T", 2 * border + 2
    gap = f'<TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="5"></TD>'
    piece = (
        f'<TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}" BORDER="{border}" SIDES="{sides}" '
        f'COLOR="{line.colour}" STYLE="{line.pattern}"></TD>'
    )
    return table([gap, piece], padding=0)


def box_sample(line: Line, fill: str, *, double: bool = False, rounded: bool = False) -> str:
    """A sample of a box with a border, or with two, and with corners as it has."""
    border = max(1, round(line.width))
    corners = ",rounded" if rounded else ""
    style = f'COLOR="{line.colour}" BGCOLOR="{fill}" STYLE="{line.pattern}{corners}"'
    wide, high = (16, 7) if double else (20, 11)
    inner = f'<TD FIXEDSIZE="TRUE" WIDTH="{wide}" HEIGHT="{high}" BORDER="{border}" {style}></TD>'
    if not double:
        return table([inner], padding=0)
    outer = f'COLOR="{line.colour}" STYLE="solid{corners}"'
    around = f'<TD BORDER="1" {outer}>{table([inner], padding=0, size=(wide, high))}</TD>'
    return table([f"<TD>{table([around], padding=1, size=(24, 15))}</TD>"], padding=0)


def pill(text: str, line: Line | None, shown: Operation, theme: Theme) -> str:
    """A sample of an operation: its named box, and a piece of its edge if it has a `line`."""
    pattern = "solid" if shown.fill == shown.line.colour else shown.line.pattern
    box = (
        f'<TD BORDER="1" COLOR="{shown.line.colour}" BGCOLOR="{shown.fill}" STYLE="{pattern}">'
        f"{font(text, shown.ink, theme.small)}</TD>"
    )
    edge = "" if line is None else f"<TD>{line_sample(line, 18)}</TD>"
    width, height = text_width(text, theme.small) + theme.small, theme.small * 1.7
    return table([f"{edge}<TD>{table([box], size=(width, height))}</TD>"], spacing=1, padding=0)


def legend(entries: Sequence[Entry], theme: Theme, notes: Sequence[str] = ()) -> str:
    """The HTML label of the legend; `notes` are sentences below the entries.

    In a column of a paper it is as wide as the column, and so is the picture.
    """
    room = theme.width - 30 if theme.paper else WIDE
    rows = _flowing(entries, theme, room) if theme.paper else _in_columns(entries, theme, room)
    parts = [f'<TD ALIGN="LEFT">{row}</TD>' for row in rows]
    for note in notes:
        lines = wrap(note, room, theme.small)
        parts.append(f'<TD ALIGN="LEFT">{"<BR/>".join(font(part, theme.muted, theme.small) for part in lines)}</TD>')
    if theme.paper:
        parts.append(f'<TD FIXEDSIZE="TRUE" WIDTH="{theme.width - 22}" HEIGHT="1"></TD>')
    return label(table(parts, spacing=2)) if parts else ""


def _in_columns(entries: Sequence[Entry], theme: Theme, room: float) -> list[str]:
    """The entries as one table with columns of equal width."""
    widest = max((_entry_width(e, theme) for e in entries), default=1)
    count = max(1, min(4, int(room // widest), len(entries)))
    rows = ["".join(_cells(e, theme) for e in entries[start : start + count]) for start in range(0, len(entries), count)]
    return [table(rows, spacing=2)] if rows else []


def _flowing(entries: Sequence[Entry], theme: Theme, room: float) -> list[str]:
    """The entries as rows, each with as many as fit."""
    rows: list[list[Entry]] = []
    for entry in entries:
        if rows and sum(_entry_width(e, theme) for e in (*rows[-1], entry)) <= room:
            rows[-1].append(entry)
        else:
            rows.append([entry])
    left = [room - sum(_entry_width(e, theme) for e in row) for row in rows]
    ends = [f'<TD FIXEDSIZE="TRUE" WIDTH="{max(1, rest):.0f}" HEIGHT="1"></TD>' for rest in left]
    found = ["".join(_cells(e, theme) for e in row) + end for row, end in zip(rows, ends, strict=True)]
    return [table([row], size=(room, ROW)) for row in found]


def _entry_width(entry: Entry, theme: Theme) -> float:
    return text_width(entry.meaning, theme.small) + SAMPLE + (14 if theme.paper else 26)


def _cells(entry: Entry, theme: Theme) -> str:
    gap = 4 if theme.paper else 8
    return (
        f'<TD>{entry.sample}</TD><TD ALIGN="LEFT">{font(entry.meaning, theme.muted, theme.small)}</TD><TD WIDTH="{gap}"></TD>'
    )


def wrap(text: str, width: float, size: float) -> list[str]:
    """Lines of a text that fit a width in points, where its words allow it."""
    lines = [""]
    for word in _parts(text, width, size):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _parts(text: str, width: float, size: float) -> list[str]:
    """The parts of a text that stay together: what is between commas if it fits, else words."""
    clauses = text.replace(", ", ",\n").split("\n")
    return [part for c in clauses for part in ([c] if text_width(c, size) <= width else c.split(" "))]
