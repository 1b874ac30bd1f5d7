"""Charts on the page, each with title, legend, drawing, its numbers in a folded table, and links that save it."""

import math
from collections.abc import Sequence
from dataclasses import replace

from spikegraph.backends.report.downloads import links, points
from spikegraph.backends.report.html_table import Cell, table
from spikegraph.charts.bars import Bars, bars_svg
from spikegraph.charts.legend import bar_legend, distinct, line_legend
from spikegraph.charts.lines import Chart, svg
from spikegraph.charts.markup import Html, el, join


def bar_figure(chart: Bars) -> Html:
    """A bar chart; one with many bars is split into columns."""
    head, rows = bar_numbers(chart)
    parts = [bars_svg(chart, names) for names in chart.columns]
    wide, several = len(parts) > 1, len(chart.series) > 1
    return _figure(
        chart.title,
        f"{chart.unit}; {chart.note}" if chart.note else chart.unit,
        bar_legend(chart.series if several else (), chart.marks) if several or chart.marks else None,
        el("div", *parts, class_="charts") if wide else join(*parts),
        [table(head, rows, label=f"numbers of {chart.title}")],
        links(chart.title, head, rows),
        "chart wide" if wide else "chart",
    )


def bar_numbers(chart: Bars) -> tuple[list[str], list[list[Cell]]]:
    """The headings and the rows of a bar chart's numbers."""
    several = len(chart.series) > 1
    head, varies = ["name"], {s for of in chart.deviations.values() for s in of}
    for s in chart.series:
        head += [f"{s} ({chart.unit})" if several else chart.unit, *(["standard deviation"] if s in varies else [])]
    rows: list[list[Cell]] = []
    for name, of in chart.values.items():
        cells = [(of.get(s), *([chart.deviation(name, s)] if s in varies else [])) for s in chart.series]
        rows.append([name, *(cell for of_series in cells for cell in of_series)])
    return head, rows


def line_figure(chart: Chart, *, legend: bool = True, group: str = "") -> Html:
    """A line chart, with a legend if it has several curves.

    Args:
        chart: The chart.
        legend: Show the legend.
        group: The beginning of the names of files that are saved, such as the phase.
    """
    several = legend and (len(distinct(chart.lines)) > 1 or any(line.band for line in chart.lines))
    css = " ".join(["chart", *(() if chart.size.labelled else ("small",)), *(("marked",) if chart.marked else ())])
    saved = links(chart.title, ["curve", chart.x, chart.y], points(chart), group, larger=chart.size.labelled)
    drawings, switch = [svg(chart)], None
    if chart.log_switch and any(0 < y < math.inf for line in chart.lines for _, y in line.points):
        # Both are in the page, so that the switch works without a script.
        drawings.append(svg(replace(chart, log=True)))
        name = f"logarithmic y axis of {chart.title}"
        switch = el("label", el("input", type="checkbox", aria_label=name), " log axis", class_="switch")
    shown = line_legend(chart.lines) if several else None
    return _figure(chart.title, chart.note, shown, join(*drawings), _numbers(chart), saved, css, switch)


def line_figures(charts: Sequence[Chart], *, shared: bool = False, group: str = "", clocks: str | None = None) -> Html:
    """Line charts side by side.

    Args:
        charts: The charts.
        shared: Show one legend and one description of the axes above all charts, for small charts.
        group: As in `line_figure`.
        clocks: Steps and seconds of epochs as JSON, with which the page draws the curves over them; None if x isn't an epoch.
    """
    if not shared:
        return el("div", *(line_figure(c, group=group) for c in charts), class_="charts", data_clocks=clocks)
    legend = line_legend(line for chart in charts for line in chart.lines)
    axes = el("p", f"Each chart shows {charts[0].y} by {charts[0].x}.", class_="note")
    figures = el("div", *(line_figure(c, legend=False, group=group) for c in charts), class_="charts many")
    return el("div", legend, axes, figures, class_="shared")


def _figure(
    title: str,
    note: str | None,
    legend: Html | None,
    drawing: Html,
    numbers: Sequence[Html],
    saved: Html,
    css: str,
    switch: Html | None = None,
) -> Html:
    caption = el("figcaption", switch, el("strong", title), el("span", note, class_="note") if note else None)
    below = el("div", el("details", el("summary", "Numbers"), *numbers), saved, class_="below")
    return el("figure", caption, legend, drawing, below, class_=css)


def _numbers(chart: Chart) -> list[Html]:
    """The points as tables; curves with the same x share a table."""
    groups: dict[tuple[float, ...], list[tuple[str, list[float]]]] = {}
    for line in chart.lines:
        points = [(x, y) for x, y in line.points if math.isfinite(x)]  # the others are gaps
        groups.setdefault(tuple(x for x, _ in points), []).append((line.label, [y for _, y in points]))
    found: list[Html] = []
    for xs, lines in groups.items():
        rows: list[list[Cell]] = [[x, *(values[k] for _, values in lines)] for k, x in enumerate(xs)]
        head = [chart.x, *(label for label, _ in lines)]
        found.append(table(head, rows, label=f"numbers of {chart.title}"))
    return found
