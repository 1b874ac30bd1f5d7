"""Links below a chart: its numbers as CSV, which the link holds; the script saves the drawing as SVG, and enlarges it."""

import csv
import re
from collections.abc import Sequence
from io import StringIO
from math import isfinite
from urllib.parse import quote

from spikegraph.backends.report.html_table import Cell
from spikegraph.charts.lines import Chart
from spikegraph.charts.markup import Html, el


def links(title: str, head: Sequence[str], rows: Sequence[Sequence[Cell]], group: str = "", *, larger: bool = False) -> Html:
    """The links of a chart.

    Args:
        title: The chart's title.
        head: Headings of its numbers.
        rows: Its numbers.
        group: What the title doesn't say about the chart, such as the phase; the files' names begin with it.
        larger: Add a button that enlarges the drawing.
    """
    name = file_name(f"{group} {title}")
    address = "data:text/csv;charset=utf-8," + quote(csv_text(head, rows), errors="surrogateescape")
    return el(
        "span",
        el("a", "CSV", href=address, download=f"{name}.csv", aria_label=f"CSV: numbers of {title}"),
        el("button", "SVG", type="button", data_save=f"{name}.svg", aria_label=f"SVG: drawing of {title}"),
        el("button", "Enlarge", type="button", data_larger=True, aria_pressed="false", aria_label=f"Enlarge {title}")
        if larger
        else None,
        class_="downloads",
    )


def csv_text(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Numbers as CSV with every digit; None is empty."""
    file = StringIO()
    csv.writer(file, lineterminator="\n").writerows([head, *rows])
    return file.getvalue()


def points(chart: Chart) -> list[list[Cell]]:
    """A row for each point of a chart: curve, x and y; gaps between points have none."""
    return [[line.label, x, y] for line in chart.lines for x, y in line.points if isfinite(x)]


def file_name(title: str) -> str:
    """A title in lower case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "chart"
