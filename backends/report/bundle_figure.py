"""The figure of many curves: drawing, legend, and the quantiles as numbers."""

from spikegraph.backends.report.downloads import links
from spikegraph.backends.report.html_table import Cell, table
from spikegraph.charts.bundle import Bundle, bundle_svg, medians
from spikegraph.charts.legend import line_legend
from spikegraph.charts.markup import Html, el


def bundle_figure(bundle: Bundle, group: str) -> Html:
    """The figure; `group` is the beginning of the names of files that are saved."""
    head = ["runs", bundle.x, "10 % quantile", "median", "90 % quantile"]
    rows: list[list[Cell]] = [
        [g.label, x, low, median, high]
        for g in bundle.groups
        for (x, low), (_, median), (_, high) in zip(g.low, g.median, g.high, strict=True)
    ]
    caption = el("figcaption", el("strong", bundle.title), el("span", bundle.note, class_="note") if bundle.note else None)
    numbers = el("details", el("summary", "Numbers"), table(head, rows, label=f"numbers of {bundle.title}"))
    below = el("div", numbers, links(bundle.title, head, rows, group, larger=True), class_="below")
    return el("figure", caption, line_legend(medians(bundle)), bundle_svg(bundle), below, class_="chart bundle")
