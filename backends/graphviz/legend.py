"""The legend below a diagram."""

from collections.abc import Sequence
from dataclasses import dataclass

from spikegraph.backends.graphviz.html_labels import font, label, table
from spikegraph.backends.graphviz.theme import SMALL, Line, Theme

A_ROW = 4
"""Entries per row."""


@dataclass(frozen=True)
class Entry:
    """A sample of a line or box and its meaning.

    Attributes:
        sample: The sample, as HTML.
        meaning: Its explanation, as plain text.
    """

    sample: str
    meaning: str


def line_sample(line: Line, width: int = 26) -> str:
    """A sample of a line: the upper border of a table cell, or both borders if the line is double."""
    border = max(1, round(line.width))
    sides, height = "TB" if line.double else "T", 2 * border + 2
    gap = f'<TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="5"></TD>'
    piece = (
        f'<TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}" BORDER="{border}" SIDES="{sides}" '
        f'COLOR="{line.colour}" STYLE="{line.pattern}"></TD>'
    )
    return table([gap, piece], padding=0)


def box_sample(line: Line, fill: str) -> str:
    """A sample of a box with a border."""
    border = max(1, round(line.width))
    return table(
        [
            f'<TD FIXEDSIZE="TRUE" WIDTH="20" HEIGHT="11" BORDER="{border}" COLOR="{line.colour}" '
            f'BGCOLOR="{fill}" STYLE="{line.pattern}"></TD>'
        ],
        padding=0,
    )


def pill(text: str, line: Line, fill: str, colour: str) -> str:
    """A sample of an operation on an edge: a piece of the edge and the named box."""
    pattern = "solid" if fill == line.colour else line.pattern
    box = f'<TD BORDER="1" COLOR="{line.colour}" BGCOLOR="{fill}" STYLE="{pattern}">{font(text, colour, SMALL)}</TD>'
    return table([f"<TD>{line_sample(line, 18)}</TD><TD>{table([box], padding=2)}</TD>"], spacing=1, padding=0)


def legend(entries: Sequence[Entry], theme: Theme, notes: Sequence[str] = ()) -> str:
    """The HTML label of the legend; `notes` are sentences below the entries."""
    rows: list[str] = []
    for start in range(0, len(entries), A_ROW):
        cells = [
            f'<TD>{e.sample}</TD><TD ALIGN="LEFT">{font(e.meaning, theme.muted, SMALL)}</TD><TD WIDTH="8"></TD>'
            for e in entries[start : start + A_ROW]
        ]
        rows.append("".join(cells))
    parts = [f"<TD>{table(rows, spacing=2)}</TD>"] if rows else []
    parts += [f'<TD ALIGN="LEFT">{font(note, theme.muted, SMALL)}</TD>' for note in notes]
    return label(table(parts, spacing=2)) if parts else ""
