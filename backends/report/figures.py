"""Charts on the page, each with title, legend, drawing, and its numbers in a folded table."""

from collections.abc import Sequence

from spikegraph.backends.report.html_table import Cell, table
from spikegraph.charts.bars import Bars, bars_svg
from spikegraph.charts.legend import bar_legend, distinct, line_legend
from spikegraph.charts.lines import Chart, Line, svg
from spikegraph.charts.markup import Html, el, join


def bar_figure(chart: Bars) -> Html:
    """A bar chart; one with many bars is split into columns."""
    rows: list[list[Cell]] = [[name, *(of.get(s) for s in chart.series)] for name, of in chart.values.items()]
    several = len(chart.series) > 1
    head = ["", *(f"{s} ({chart.unit})" if several else chart.unit for s in chart.series)]
    parts = [bars_svg(chart, names) for names in chart.columns]
    wide = len(parts) > 1
    return _figure(
        chart.title,
        f"{chart.unit}; {chart.note}" if chart.note else chart.unit,
        bar_legend(chart.series) if several else None,
        el("div", *parts, class_="charts") if wide else join(*parts),
        [table(head, rows, label=f"numbers of {chart.title}")],
        "chart wide" if wide else "chart",
    )


def line_figure(chart: Chart, *, legend: bool = True) -> Html:
    """A line chart, with a legend if it has several curves."""
    several = legend and len(distinct(chart.lines)) > 1
    css = " ".join(["chart", *(() if chart.size.labelled else ("small",)), *(("marked",) if chart.marked else ())])
    return _figure(chart.title, chart.note, line_legend(chart.lines) if several else None, svg(chart), _numbers(chart), css)


def line_figures(charts: Sequence[Chart], *, shared: bool = False) -> Html:
    """Line charts side by side.

    Args:
        charts: The charts.
        shared: Show one legend and one description of the axes above all charts, for small charts.
    """
    if not shared:
        return el("div", *map(line_figure, charts), class_="charts")
    legend = line_legend(line for chart in charts for line in chart.lines)
    axes = el("p", f"Each chart shows {charts[0].y} by {charts[0].x}.", class_="note")
    return join(legend, axes, el("div", *(line_figure(c, legend=False) for c in charts), class_="charts many"))


def _figure(title: str, note: str | None, legend: Html | None, drawing: Html, numbers: Sequence[Html], css: str) -> Html:
    caption = el("figcaption", el("strong", title), el("span", note, class_="note") if note else None)
    return el("figure", caption, legend, drawing, el("details", el("summary", "Numbers"), *numbers), class_=css)


def _numbers(chart: Chart) -> list[Html]:
    """The points as tables; curves with the same x share a table."""
    groups: dict[tuple[float, ...], list[Line]] = {}
    for line in chart.lines:
        groups.setdefault(tuple(x for x, _ in line.points), []).append(line)
    found: list[Html] = []
    for xs, lines in groups.items():
        rows: list[list[Cell]] = [[x, *(line.points[k][1] for line in lines)] for k, x in enumerate(xs)]
        head = [chart.x, *(line.label for line in lines)]
        found.append(table(head, rows, label=f"numbers of {chart.title}"))
    return found
