"""Bars that lie, each below its name: names may be long, and a page narrow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spikegraph.backends.report.markup import Html, el, join
from spikegraph.backends.report.palette import colour
from spikegraph.backends.report.table import Cell, number, table

WIDTH, NAME, BAR, GAP, VALUE = 380, 15, 10, 7, 66
"""Units of the drawing: its width, a name's and a bar's height, what is between two, and room for a number."""
PART = 12
"""Names in one column; of more, there are columns beside each other where the page has room."""


@dataclass(frozen=True)
class Bars:
    """A chart of bars.

    Attributes:
        title: Above it.
        unit: What the numbers are.
        values: By name, by series; a series without a number has no bar there.
        series: Their labels, in the order of the colours.
        note: A line below the title.
        largest: What a whole bar stands for; by default the largest number.
        css: The classes of single names' bars, in place of the series' colours.
    """

    title: str
    unit: str
    values: Mapping[str, Mapping[str, float]]
    series: Sequence[str]
    note: str | None = None
    largest: float | None = None
    css: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def whole(self) -> float:
        """What a whole bar stands for."""
        return self.largest or max((v for of in self.values.values() for v in of.values()), default=0.0) or 1.0


def bars(chart: Bars) -> Html:
    """The chart with title, legend where there are several series, and numbers."""
    names = list(chart.values)
    width = -(-len(names) // max(1, -(-len(names) // PART)))  # so that the columns are about equally long
    parts = [drawing(chart, names[k : k + width]) for k in range(0, len(names), width or 1)]
    caption = el("figcaption", el("strong", chart.title), el("span", _note(chart), class_="note"))
    rows: list[list[Cell]] = [[name, *(of.get(s) for s in chart.series)] for name, of in chart.values.items()]
    head = ["", *(f"{s} ({chart.unit})" if len(chart.series) > 1 else chart.unit for s in chart.series)]
    chips = [
        el("li", el("span", class_=f"chip {colour(k)}", aria_hidden="true"), label) for k, label in enumerate(chart.series)
    ]
    return el(
        "figure",
        caption,
        el("ul", *chips, class_="legend", aria_label="legend") if len(chips) > 1 else None,
        el("div", *parts, class_="charts") if len(parts) > 1 else join(*parts),
        el("details", el("summary", "Numbers"), table(head, rows, label=f"numbers of {chart.title}")),
        class_="chart wide" if len(parts) > 1 else "chart",
    )


def _note(chart: Bars) -> str:
    return f"{chart.unit}; {chart.note}" if chart.note else chart.unit


def drawing(chart: Bars, names: Sequence[str], width: int = WIDTH) -> Html:
    """The SVG of some of the names, so many units wide."""
    room = width - VALUE
    parts: list[Html] = []
    said: list[str] = []
    y = 0
    for name in names:
        of = chart.values[name]
        said.append(f"{name} {', '.join(map(number, of.values()))}")
        parts.append(el("text", name, x=0, y=y + 11, class_="name"))
        y += NAME
        for label, value in of.items():
            length = max(0.0, min(1.0, value / chart.whole)) * room
            css = f"bar {chart.css.get(name) or colour(chart.series.index(label))}"
            parts.append(el("rect", x=0, y=y, width=room, height=BAR, class_="track"))
            parts.append(el("rect", el("title", label), x=0, y=y, width=round(length, 1), height=BAR, class_=css))
            parts.append(el("text", number(value), x=width, y=y + 9, text_anchor="end"))
            y += BAR + 2
        y += GAP
    label = f"{chart.title}, {chart.unit}: {'; '.join(said)}"
    return el("svg", *parts, viewBox=f"0 0 {width} {max(y, 1)}", role="img", aria_label=label)
