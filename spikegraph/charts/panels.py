"""Line charts side by side in one SVG file, with a common legend."""

import math
from collections.abc import Sequence
from dataclasses import replace

from spikegraph.charts.axes import Size
from spikegraph.charts.legend import distinct, rows
from spikegraph.charts.lines import Chart, parts
from spikegraph.charts.look import GROUND, INK, by_attributes
from spikegraph.charts.markup import Html, el

PANEL = Size(400, 244, right=14, top=34, bottom=40, framed=True, left=58)


def svg_file(charts: Sequence[Chart], description: str) -> str:
    """The text of an SVG file.

    Args:
        charts: Charts to draw side by side; their sizes are ignored.
        description: Description for screen readers.

    Raises:
        ValueError: A chart has no finite point.
    """
    width = PANEL.width * len(charts)
    lines = distinct(line for chart in charts for line in chart.lines)
    legend, height = rows(lines, by_attributes, PANEL.left, PANEL.height + 14, width)
    return (
        el(
            "svg",
            el("title", description),
            el("rect", width=width, height=height, fill=GROUND),
            *(_panel(chart, k) for k, chart in enumerate(charts)),
            *legend,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {width} {height:g}",
            width=width,
            height=height,
            role="img",
            font_family="Helvetica, Arial, sans-serif",
            font_size=12,
            fill=INK,
        )
        + "\n"
    )


def _panel(chart: Chart, number: int) -> Html:
    if not any(math.isfinite(x) and math.isfinite(y) for line in chart.lines for x, y in line.points):
        raise ValueError("a panel has no finite point")
    return el("g", *parts(replace(chart, size=PANEL), by_attributes), transform=f"translate({number * PANEL.width} 0)")
