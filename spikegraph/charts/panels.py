"""Line charts side by side or in rows in one SVG file, with a common legend."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from spikegraph.charts.axes import Size
from spikegraph.charts.legend import distinct, rows
from spikegraph.charts.lines import Chart, parts
from spikegraph.charts.look import GROUND, INK, by_attributes
from spikegraph.charts.markup import Html, el

PANEL = Size(400, 244, right=14, top=34, bottom=40, framed=True, left=58)


def svg_file(charts: Sequence[Chart], description: str, columns: int | None = None) -> str:
    """The text of an SVG file.

    Args:
        charts: Charts to draw; their sizes are ignored.
        description: Description for screen readers.
        columns: How many stand side by side, at least 1; None for all.

    Raises:
        ValueError: A chart has no finite point.
    """
    columns = columns or len(charts)
    width, below = PANEL.width * columns, PANEL.height * -(-len(charts) // columns)
    lines = distinct(line for chart in charts for line in chart.lines)
    legend, height = rows(lines, by_attributes, PANEL.left, below + 14, width)
    panels = (_panel(chart, *divmod(k, columns)) for k, chart in enumerate(charts))
    return drawn([*panels, *legend], description, width, height)


def drawn(content: Iterable[Html], description: str, width: float, height: float) -> str:
    """The text of an SVG file with a description for screen readers; sizes in pixels."""
    ground = el("rect", width=width, height=height, fill=GROUND)
    size = {"viewBox": f"0 0 {width} {height:g}", "width": width, "height": height}
    letters = {"font_family": "Helvetica, Arial, sans-serif", "font_size": 12, "fill": INK}
    named = el("title", description)
    return el("svg", named, ground, *content, xmlns="http://www.w3.org/2000/svg", **size, role="img", **letters) + "\n"


def _panel(chart: Chart, row: int, column: int) -> Html:
    if not any(math.isfinite(x) and math.isfinite(y) for line in chart.lines for x, y in line.points):
        raise ValueError("a panel has no finite point")
    place = f"translate({column * PANEL.width} {row * PANEL.height})"
    return el("g", *parts(replace(chart, size=PANEL), by_attributes), transform=place)
