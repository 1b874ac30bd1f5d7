"""A matrix of counts between classes, such as a confusion matrix, as SVG for a page."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spikegraph.charts.format_number import number
from spikegraph.charts.markup import Attributes, Html, el

WIDTH = 380
"""Width of the drawing, in its units; letters are about 12 units high."""
CHARACTER, LINE = 6.4, 13
"""Largest mean width of a letter, and height of a line."""
LONGEST = 13
"""Largest number of letters of a class in the drawing; longer names are cut."""
WRITTEN = 12
"""Largest number of classes whose cells have numbers in the drawing."""
LEVELS = 5
"""Number of shades."""


@dataclass(frozen=True)
class Matrix:
    """Counts by row and column, both classes.

    Attributes:
        title: Title above the matrix.
        rows: What the rows are, such as `true class`.
        columns: What the columns are.
        names: The classes, in order.
        counts: By row, then by column, as indices of `names`; what is missing is 0.
    """

    title: str
    rows: str
    columns: str
    names: Sequence[str]
    counts: Mapping[int, Mapping[int, int]]

    def total(self, row: int) -> int:
        """The sum of a row."""
        return sum(self.counts.get(row, {}).values())

    def share(self, row: int, column: int) -> float | None:
        """The share of a column in a row, from 0 to 1; None if the row is empty."""
        total = self.total(row)
        return self.counts.get(row, {}).get(column, 0) / total if total else None

    def pairs(self) -> list[tuple[int, int, int]]:
        """Row, column and count where the count isn't 0, in order."""
        return [(row, column, n) for row, of in sorted(self.counts.items()) for column, n in sorted(of.items()) if n]


def shade(share: float, *, right: bool) -> str:
    """The CSS class of a cell with this share of its row: of the diagonal if `right`."""
    return f"{'hit' if right else 'miss'}{level(share)}"


def level(share: float) -> int:
    """The number of a share's shade, from 1 to `LEVELS`."""
    return min(LEVELS, max(1, math.ceil(share * LEVELS)))


def percent(share: float) -> str:
    """A share as `37 %`; `<1 %` if it would be rounded to 0."""
    rounded = f"{100 * share:.0f}"
    return "<1\u00a0%" if share > 0 and rounded == "0" else f"{rounded}\u00a0%"


def matrix_svg(matrix: Matrix) -> Html:
    """The drawing: a shaded cell for each pair that occurs, with count and share if there are few classes."""
    names = [name if len(name) <= LONGEST else name[: LONGEST - 1] + "…" for name in matrix.names]
    count = max(1, len(names))
    edge = LINE + 8 + max(map(len, names), default=0) * CHARACTER
    size = (WIDTH - edge) / count
    every = math.ceil(LINE / size)
    parts = [el("rect", x=edge, y=edge, width=WIDTH - edge, height=WIDTH - edge, class_="track")]
    for row, column, n in matrix.pairs():
        parts.append(_cell(matrix, row, column, n, (edge + column * size, edge + row * size), size))
    for k in range(0, count, every):
        middle = edge + (k + 0.5) * size
        if names:
            parts.append(el("text", names[k], x=edge - 5, y=round(middle + 4, 1), text_anchor="end"))
            turned = f"rotate(-90 {middle:.1f} {edge - 5:.1f})"
            parts.append(el("text", names[k], x=round(middle, 1), y=round(edge - 5, 1), transform=turned, dy=4))
    centre = round((edge + WIDTH) / 2, 1)
    parts.append(el("text", matrix.columns, x=centre, y=11, text_anchor="middle", class_="label"))
    parts.append(
        el("text", matrix.rows, x=11, y=centre, transform=f"rotate(-90 11 {centre})", text_anchor="middle", class_="label")
    )
    right = sum(n for row, column, n in matrix.pairs() if row == column)
    label = f"{matrix.title}: {matrix.rows} by {matrix.columns}, {count} classes; {right:,} on the diagonal"
    return el("svg", *parts, viewBox=f"0 0 {WIDTH} {WIDTH}", role="img", aria_label=label)


def _cell(matrix: Matrix, row: int, column: int, n: int, at: tuple[float, float], size: float) -> Html:
    share = n / matrix.total(row)
    x, y = (round(v, 2) for v in at)
    side = round(size - (1 if size > LINE else 0), 2)
    names = matrix.names
    title = f"{matrix.rows} {names[row]}, {matrix.columns} {names[column]}: {n:,} ({percent(share)})"
    texts: list[Html] = []
    right = row == column
    # Small cells without numbers need stronger colours to be seen.
    cell: Attributes = {"class_": "cell right" if right else "cell wrong", "fill_opacity": 0.25 + 0.15 * level(share)}
    if len(names) <= WRITTEN:
        cell = {"class_": f"cell {shade(share, right=right)}"}
        style = {"x": round(x + side / 2, 2), "text_anchor": "middle"}
        texts = [
            el("text", number(n), y=round(y + side / 2 - 1, 2), **style),
            el("text", percent(share), y=round(y + side / 2 + 10, 2), class_="share", **style),
        ]
    shaded = el("rect", x=x, y=y, width=side, height=side, **cell)
    return el("g", el("title", title), shaded, *texts)
