"""Parts of a figure on paper, in points: diagrams, charts and pictures, as what else draws them made them."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.page_split import LEAST
from spikegraph.backends.graphviz.theme import COLUMN, HEIGHT
from spikegraph.charts.axes import Size
from spikegraph.charts.bars import Bars, bars_parts
from spikegraph.charts.legend import distinct, rows
from spikegraph.charts.lines import Chart, parts
from spikegraph.charts.look import by_attributes
from spikegraph.charts.markup import Html, el

UNIT = 7 / 12
"""Points of a unit of a chart: its letters, 12 units high, have 7 points."""

ROOM = round(COLUMN / UNIT)
"""Units of a column."""

WHOLE = Size(ROOM, 220, right=10, top=30, bottom=40, framed=True)
HALF = Size(ROOM // 2, 204, right=10, top=30, bottom=40, ticks=4, framed=True)
"""A chart alone in a column, and one of two beside each other."""


@dataclass(frozen=True)
class Piece:
    """A part of a figure.

    Attributes:
        content: Its SVG, from (0, 0) on.
        width: Its width in points.
        height: Its height in points.
        title: What it is, for the letter above it; "" for none.
    """

    content: Html
    width: float
    height: float
    title: str = ""

    def called(self, title: str) -> "Piece":
        """The same with a title."""
        return replace(self, title=title)


def scaled(content: Sequence[Html], width: float, height: float, factor: float) -> Piece:
    """A drawing of a size in units, with points for a unit."""
    return Piece(el("g", *content, transform=f"scale({factor:.5f})", font_size=12), width * factor, height * factor)


def diagrams(drawing: Drawing) -> list[Piece]:
    """The pages of a diagram for paper; text that would be smaller than the least size makes its page larger.

    Raises:
        RenderError: Graphviz isn't installed, or rejects the diagram.
    """
    return [_diagram(page.svg()) for page in drawing.pages()]


def _diagram(svg: str) -> Piece:
    """The diagram in a file of Graphviz. Its names of elements, which would be those of other diagrams too, are left out."""
    head = re.search(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"[^>]*>', svg)
    assert head is not None
    content = re.sub(r' id="[^"]*"', "", svg[head.end() : svg.rindex("</svg>")])
    inner = re.search(r"scale\(([\d.]+)", content)
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', content)]
    least = min(sizes, default=LEAST) * (1.0 if inner is None else float(inner[1]))
    return scaled([Html(content)], float(head[1]), float(head[2]), max(1.0, LEAST / least))


def charts(found: Sequence[Chart]) -> Piece:
    """Charts in a column, two beside each other if there are several, with a common legend."""
    size = WHOLE if len(found) == 1 else HALF
    drawn = [
        el(
            "g",
            *parts(replace(chart, size=size), by_attributes),
            transform=f"translate({k % 2 * size.width} {k // 2 * size.height})",
        )
        for k, chart in enumerate(found)
    ]
    below = -(-len(found) // (ROOM // size.width)) * size.height
    lines = distinct(line for chart in found for line in chart.lines)
    legend, end = rows(lines, by_attributes, 20, below + 14, ROOM) if len(lines) > 1 else ([], float(below))
    return scaled([*drawn, *legend], ROOM, end, UNIT)


def bars(chart: Bars) -> list[Piece]:
    """A bar chart in as many equal columns as it needs to fit a page."""
    names = list(chart.values)
    _, whole = bars_parts(chart, names, by_attributes, ROOM)
    count = max(1, math.ceil(whole * UNIT / (HEIGHT - 2 * LETTER)))
    length = math.ceil(len(names) / count)
    drawn = (bars_parts(chart, names[k : k + length], by_attributes, ROOM) for k in range(0, len(names), length))
    return [scaled(content, ROOM, height, UNIT) for content, height in drawn]


LETTER = 14
"""Room for the letter and the title of a piece, in points."""
