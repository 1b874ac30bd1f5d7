"""Horizontal bar charts. Each bar is below its name, as names can be long and pages narrow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spikegraph.charts.format_number import number
from spikegraph.charts.look import colour
from spikegraph.charts.markup import Html, el

WIDTH, NAME, BAR, GAP, VALUE = 380, 15, 10, 7, 66
"""Sizes in units of the drawing: total width, height of a name and a bar, gap below them, and width of a number."""
SCALE = 24
"""Height of the scale above the bars."""
PART = 12
"""Maximum number of names per column."""


@dataclass(frozen=True)
class Bars:
    """A bar chart.

    Attributes:
        title: Title above the chart.
        unit: Unit of the numbers.
        values: Numbers by name, then by series; a series can lack a number.
        series: Labels of the series, in the order of the colours.
        note: A line below the title.
        largest: The value of a full bar, with a scale above the bars; by default the largest number, without one.
        css: CSS classes for bars of some names, instead of the series' colours.
    """

    title: str
    unit: str
    values: Mapping[str, Mapping[str, float]]
    series: Sequence[str]
    note: str | None = None
    largest: float | None = None
    css: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def full(self) -> float:
        """The value of a full bar."""
        return self.largest or max((v for of in self.values.values() for v in of.values()), default=0.0) or 1.0

    @property
    def columns(self) -> list[list[str]]:
        """The names, divided into columns of about the same length."""
        names = list(self.values)
        length = -(-len(names) // max(1, -(-len(names) // PART)))
        return [names[k : k + length] for k in range(0, len(names), length or 1)]


def bars_svg(chart: Bars, names: Sequence[str], width: int = WIDTH) -> Html:
    """The drawing of these names, `width` units wide."""
    room = width - VALUE
    parts: list[Html] = []
    described: list[str] = []
    y = 0
    if chart.largest is not None:
        parts += _scale(chart.largest, room)
        y = SCALE
    for name in names:
        of = chart.values[name]
        described.append(f"{name} {', '.join(map(number, of.values()))}")
        parts.append(el("text", name, x=0, y=y + 11, class_="name"))
        y += NAME
        for label, value in of.items():
            length = max(0.0, min(1.0, value / chart.full)) * room
            css = f"bar {chart.css.get(name) or colour(chart.series.index(label))}"
            bar = [
                el("title", f"{name}{', ' + label if len(chart.series) > 1 else ''}: {number(value)}"),
                el("rect", x=0, y=y, width=room, height=BAR, class_="track"),
                el("rect", x=0, y=y, width=round(length, 1), height=BAR, class_=css),
                el("text", number(value), x=width, y=y + 9, text_anchor="end"),
            ]
            parts.append(el("g", *bar))
            y += BAR + 2
        y += GAP
    label = f"{chart.title}, {chart.unit}: {'; '.join(described)}"
    return el("svg", *parts, viewBox=f"0 0 {width} {max(y, 1)}", role="img", aria_label=label)


def _scale(largest: float, room: int) -> list[Html]:
    """The numbers at both ends and in the middle of a full bar."""
    found: list[Html] = []
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        x = share * room
        found.append(el("text", number(share * largest), x=x, y=12, text_anchor=anchor, class_="label"))
        found.append(el("line", x1=x, y1=15, x2=x, y2=SCALE - 3, class_="axis"))
    return found
